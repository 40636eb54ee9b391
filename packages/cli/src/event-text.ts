import { formatDuration, type SagaEvent } from '@backstep/engine'

import { forkEventText } from './fork-event-text.ts'
import { isOperatorEvent, operatorEventText, type OperatorEvent } from './operator-event-text.ts'
import { printable } from './printable.ts'
import { definitionText, failureAtText, failureDetailsText, failureText } from './saga-text.ts'

/** An event of the journal in one line for people. Inputs and outputs stay out: they are payload. */
export function eventText(event: SagaEvent): string {
  if (isOperatorEvent(event)) return operatorEventText(event)
  switch (event.type) {
    case 'action_starting':
    case 'action_succeeded':
    case 'action_rejected':
    case 'action_failed':
    case 'fallback_began':
    case 'late_result':
      return actionText(event)
    case 'probing_began':
    case 'probe_answered':
    case 'probe_failed':
      return probeText(event)
    case 'choice_made':
    case 'fork_began':
    case 'fork_joined':
    case 'branch_failed':
    case 'branch_stopped':
    case 'branch_halted':
    case 'branches_abandoned':
    case 'undo_forked':
    case 'undo_joined':
      return forkEventText(event)
    case 'compensation_began':
    case 'compensation_succeeded':
    case 'compensation_failed':
    case 'compensation_reopened':
    case 'savepoint_reached':
    case 'orphan_undo_began':
    case 'orphan_undo_ended':
      return undoText(event)
    case 'signal_received':
    case 'signal_taken':
    case 'signal_refused':
    case 'wait_timed_out':
      return signalText(event)
    case 'saga_started':
    case 'saga_completed':
    case 'saga_compensated':
    case 'saga_stuck':
    case 'saga_resumed':
    case 'slept':
    case 'deadline_passed':
    case 'cancel_requested':
    case 'cancel_refused':
    case 'lease_lost':
      return sagaText(event)
  }
}

type EventOf<Type extends SagaEvent['type']> = Extract<SagaEvent, { readonly type: Type }>

type ActionEvent = EventOf<
  | 'action_starting'
  | 'action_succeeded'
  | 'action_rejected'
  | 'action_failed'
  | 'fallback_began'
  | 'late_result'
>

function actionText(event: ActionEvent): string {
  const step = printable(event.step)
  switch (event.type) {
    case 'action_starting':
      return `${step}: attempt ${event.attempt} begins`
    case 'action_succeeded':
      return `${step}: done${verdictBy(event)}`
    case 'action_rejected':
      return `${step}: rejected, ${failureDetailsText(event.failure)}${verdictBy(event)}`
    case 'action_failed':
      return `${step}: attempt ${event.attempt} failed${byFallback(event)}, ${failureDetailsText(event.failure)}; ${again(event.retryDelayMs)}`
    case 'fallback_began':
      return `${step}: ${fallbackReasons[event.reason]}; its fallback is next`
    case 'late_result':
      return `${step}: late result of ${event.kind} attempt ${event.attempt}, ${outcomeText(event.outcome)}`
  }
}

type ProbeEvent = EventOf<'probing_began' | 'probe_answered' | 'probe_failed'>

function probeText(event: ProbeEvent): string {
  const step = printable(event.step)
  switch (event.type) {
    case 'probing_began':
      return `${step}: outcome unknown; its probe is asked`
    case 'probe_answered':
      return `${step}: the probe says that ${answerText(event.answer)}${nth(event.attempt)}`
    case 'probe_failed':
      return `${step}: attempt ${event.attempt} to probe failed, ${failureText(event.failure)}; ${again(event.retryDelayMs)}`
  }
}

type UndoEvent = EventOf<
  | 'compensation_began'
  | 'compensation_succeeded'
  | 'compensation_failed'
  | 'compensation_reopened'
  | 'savepoint_reached'
  | 'orphan_undo_began'
  | 'orphan_undo_ended'
>

function undoText(event: UndoEvent): string {
  switch (event.type) {
    case 'compensation_began':
      return `turned back${toSavepoint(event.savepoint)} because of ${failureAtText(event.failure)}; to undo: ${stepNames(event.steps, shownNames)}`
    case 'compensation_succeeded':
      return `${printable(event.step)}: ${undoneText(event)}${nth(event.attempt)}`
    case 'compensation_failed':
      return `${printable(event.step)}: attempt ${event.attempt} to undo failed, ${failureText(event.failure)}; ${again(event.retryDelayMs)}`
    case 'compensation_reopened':
      return `${printable(event.step)}: a late effect was reported; to be undone once more (round ${event.round})`
    case 'savepoint_reached':
      return `${printable(event.savepoint)}: back at the save-point; round ${event.round} begins`
    case 'orphan_undo_began':
      return 'at its end, but effects of an earlier round were reported; they are undone first'
    case 'orphan_undo_ended':
      return 'the effects of an earlier round are undone'
  }
}

function undoneText({ noop }: Extract<UndoEvent, { type: 'compensation_succeeded' }>): string {
  if (noop === undefined) return 'undone'
  return noop === 'never_ran'
    ? 'noop, the action had no effect'
    : 'noop, an earlier attempt has undone it'
}

type SignalEvent = EventOf<'signal_received' | 'signal_taken' | 'signal_refused' | 'wait_timed_out'>

function signalText(event: SignalEvent): string {
  switch (event.type) {
    case 'signal_received': {
      const by = event.actor === null ? '' : ` by ${printable(event.actor)}`
      return `${printable(event.name)}: signal ${printable(event.signalId)} was sent${by}`
    }
    case 'signal_taken':
      return `${printable(event.wait)}: signal ${printable(event.signalId)} is taken`
    case 'signal_refused':
      return `${printable(event.wait)}: signal ${printable(event.signalId)} is refused, ${printable(event.problem)}`
    case 'wait_timed_out':
      return `${printable(event.wait)}: no signal came in time`
  }
}

function toSavepoint(savepoint: string | undefined): string {
  return savepoint === undefined ? '' : ` to save-point ${printable(savepoint)}`
}

type WholeSagaEvent = Exclude<
  SagaEvent,
  | ActionEvent
  | ProbeEvent
  | UndoEvent
  | SignalEvent
  | OperatorEvent
  | Parameters<typeof forkEventText>[0]
>

function sagaText(event: WholeSagaEvent): string {
  switch (event.type) {
    case 'saga_started':
      return `started ${definitionText(event)}`
    case 'saga_completed':
      return 'completed'
    case 'saga_compensated':
      return 'compensated'
    case 'saga_stuck':
      return `stuck: ${event.code}${event.step === null ? '' : ` at ${printable(event.step)}`}`
    case 'saga_resumed':
      return `retried by ${printable(event.actor)}: ${printable(event.reason)}`
    case 'slept':
      return `${printable(event.sleep)}: slept enough`
    case 'deadline_passed':
      return 'the deadline has passed'
    case 'cancel_requested':
      return `cancel asked by ${printable(event.actor)}: ${printable(event.reason)}`
    case 'cancel_refused':
      return `cancel refused: ${printable(event.reason)}`
    case 'lease_lost':
      return `the worker${ofBranch(event.branch)} was not heard of any more; its task was taken over`
  }
}

function ofBranch(branch: string): string {
  return branch === 'main' ? '' : ` of ${printable(branch)}`
}

function answerText(answer: Answer): string {
  return answer.status === 'succeeded'
    ? 'it took effect'
    : `no attempt took effect, ${failureDetailsText(answer.failure)}`
}

type Answer = Extract<SagaEvent, { type: 'probe_answered' }>['answer']

type Outcome = Extract<SagaEvent, { type: 'late_result' }>['outcome']

function outcomeText(outcome: Outcome): string {
  return outcome.status === 'succeeded'
    ? outcome.status
    : `${outcome.status}, ${failureDetailsText(outcome.failure)}`
}

const fallbackReasons = {
  attempts_spent: 'no more attempts at its action',
  circuit_open: 'its circuit is open',
} as const

/** Whose word it is: that of the attempt, of which the first needs no mention, of the fallback, or of the probe. */
function verdictBy({ via, attempt }: Pick<Verdict, 'via' | 'attempt'>): string {
  if (via === 'operator') return ' (as an operator says)'
  return via === 'probe' ? ' (found out by its probe)' : `${byFallback({ via })}${nth(attempt)}`
}

function byFallback({ via }: { readonly via?: Verdict['via'] | undefined }): string {
  return via === 'fallback' ? ' via fallback' : ''
}

type Verdict = Extract<SagaEvent, { type: 'action_succeeded' | 'action_rejected' }>

function nth(attempt: number): string {
  return attempt === 1 ? '' : ` (attempt ${attempt})`
}

function again(retryDelayMs: number | null): string {
  return retryDelayMs === null ? 'no more attempts' : `again in ${formatDuration(retryDelayMs)}`
}

/** More names than this say nothing to a person. */
const shownNames = 20

/** Names of steps in one line: so many of them, and how many there are besides. */
export function stepNames(steps: readonly { readonly step: string }[], most: number): string {
  if (steps.length === 0) return 'nothing'
  const shown = steps.slice(0, most).map(({ step }) => printable(step))
  const more = steps.length - shown.length
  return `${shown.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}
