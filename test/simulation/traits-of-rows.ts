import type { JournalEntry, SagaEvent } from '../../packages/engine/src/core/event.ts'
import type { FaultKind } from './faults.ts'

/** What is told in a row that has to occur in a run: else it proves nothing about sagas of several branches. */
export function traitsOf({ events }: JournalEntry): readonly FaultKind[] {
  const traits = events.flatMap(traitOf)
  if (events.filter(({ type }) => type === 'lease_lost').length > 1) {
    traits.push('leases_lost_together')
  }
  const judged = new Set(events.flatMap((event) => (isVerdict(event) ? [event.branch] : [])))
  if (judged.size > 1) traits.push('decided_together')
  return traits
}

const traitsByType = new Map<SagaEvent['type'], readonly FaultKind[]>([
  ['late_result', ['result_late']],
  ['branch_stopped', ['branch_stopped']],
  ['branches_abandoned', ['branch_abandoned']],
  ['undo_joined', ['undone_side_by_side']],
  ['savepoint_reached', ['round_begun']],
  ['orphan_undo_began', ['orphan_of_a_round']],
  ['slept', ['slept']],
  ['signal_taken', ['signal_taken']],
  ['signal_refused', ['signal_refused']],
  ['wait_timed_out', ['waited_in_vain']],
  ['deadline_passed', ['deadline_passed']],
])

function traitOf(event: SagaEvent): readonly FaultKind[] {
  return wayOf(event) ?? haltOf(event) ?? traitsByType.get(event.type) ?? []
}

function wayOf(event: SagaEvent): readonly FaultKind[] | null {
  if (event.type === 'fork_began') return event.items?.length === 0 ? ['list_empty'] : []
  if (event.type === 'choice_made') return event.taken ? [] : ['steps_skipped']
  if (event.type === 'fallback_began') {
    return [event.reason === 'circuit_open' ? 'fell_back_at_once' : 'fell_back']
  }
  if (event.type !== 'probe_answered') return null
  return [event.answer.status === 'succeeded' ? 'probe_found_effect' : 'probe_found_none']
}

function haltOf(event: SagaEvent): readonly FaultKind[] | null {
  if (event.type !== 'saga_stuck' && event.type !== 'branch_halted') return null
  const halts: readonly FaultKind[] = event.type === 'branch_halted' ? ['branch_halted'] : []
  return event.code === 'parked_by_policy' ? [...halts, 'parked'] : halts
}

/** What came of an attempt. */
export type Verdict = Extract<
  SagaEvent,
  {
    readonly type:
      | `action_${'succeeded' | 'rejected' | 'failed'}`
      | `compensation_${'succeeded' | 'failed'}`
  }
>

const verdicts: ReadonlySet<SagaEvent['type']> = new Set<Verdict['type']>([
  'action_succeeded',
  'action_rejected',
  'action_failed',
  'compensation_succeeded',
  'compensation_failed',
])

/** Whether it says what came of an attempt. */
export function isVerdict(event: SagaEvent): event is Verdict {
  return verdicts.has(event.type)
}
