import type { JournalEntry } from '../core/event.ts'

/** Whether these rows say that a claim was lost: from there on its holder decides nothing and starts nothing. */
export function tellsOfLoss(entries: readonly JournalEntry[], claimId: string): boolean {
  return entries.some(({ events }) =>
    events.some((event) => event.type === 'lease_lost' && event.claimId === claimId),
  )
}
