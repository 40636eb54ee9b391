import type { FollowingEvent } from './event.ts'

/** Whether an event may move the saga's status. Most do not, and cost the saga's row no update. */
export function mayMoveStatus({ type }: FollowingEvent): boolean {
  switch (type) {
    case 'action_starting':
    case 'action_succeeded':
    case 'action_rejected':
    case 'action_failed':
    case 'fallback_began':
    case 'action_skipped':
    case 'probing_began':
    case 'probe_answered':
    case 'probe_failed':
    case 'compensation_succeeded':
    case 'compensation_failed':
    case 'compensation_settled':
    case 'lease_lost':
    case 'slept':
    case 'signal_received':
    case 'signal_taken':
    case 'signal_refused':
    case 'wait_timed_out':
    case 'deadline_passed':
    case 'choice_made':
    case 'fork_began':
    case 'fork_joined':
    case 'branch_failed':
    case 'branch_stopped':
    case 'branch_halted':
    case 'branches_abandoned':
    case 'undo_forked':
    case 'undo_joined':
    case 'cancel_requested':
    case 'cancel_refused':
      return false
    case 'compensation_began':
    case 'compensation_reopened':
    case 'savepoint_reached':
    case 'orphan_undo_began':
    case 'orphan_undo_ended':
    case 'saga_completed':
    case 'saga_compensated':
    case 'saga_partially_compensated':
    case 'saga_stuck':
    case 'saga_resumed':
    case 'operator_acted':
    case 'late_result':
      return true
  }
}
