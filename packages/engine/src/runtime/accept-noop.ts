import type { NoopReason } from '../core/event.ts'
import { isRecord } from '../definition/read-options.ts'

/** A compensation that found nothing to undo. */
export interface AcceptedNoop {
  readonly noop: NoopReason
}

/** Reads what a compensation returned: null for all that is not a noop, since it says nothing that has to be kept. */
export function acceptNoop(value: unknown): AcceptedNoop | null {
  if (!isRecord(value) || value['status'] !== 'noop') return null
  return value['reason'] === 'already_undone' ? { noop: 'already_undone' } : { noop: 'never_ran' }
}
