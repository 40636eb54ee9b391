import { formatDuration, type SagaEvent } from '@backstep/engine'

import { printable } from './printable.ts'
import { definitionText, failureAtText, failureDetailsText, failureText } from './saga-text.ts'

/** An event of the journal in one line for people. Inputs and outputs stay out: they are payload. */
export function eventText(event: SagaEvent): string {
  switch (event.type) {
    case 'saga_started':
      return `started ${definitionText(event)}`
    case 'action_starting':
      return `${printable(event.step)}: attempt ${event.attempt} begins`
    case 'action_succeeded':
      return `${printable(event.step)}: done${verdictBy(event)}`
    case 'action_rejected':
      return `${printable(event.step)}: rejected, ${failureDetailsText(event.failure)}${verdictBy(event)}`
    case 'action_failed':
      return `${printable(event.step)}: attempt ${event.attempt} failed, ${failureDetailsText(event.failure)}; ${again(event.retryDelayMs)}`
    case 'probing_began':
      return `${printable(event.step)}: outcome unknown; its probe is asked`
    case 'probe_answered':
      return `${printable(event.step)}: the probe says that ${answerText(event.answer)}${nth(event.attempt)}`
    case 'probe_failed':
      return `${printable(event.step)}: attempt ${event.attempt} to probe failed, ${failureText(event.failure)}; ${again(event.retryDelayMs)}`
    case 'lease_lost':
      return 'the worker was not heard of any more; its task was taken over'
    case 'choice_made':
      return `${printable(event.choice)}: ${event.taken ? 'taken' : 'skipped'}`
    case 'fork_began':
      return `${printable(event.fork)}: goes on in branches${itemCount(event.items)}`
    case 'fork_joined':
      return `${printable(event.fork)}: all branches are done`
    case 'branch_failed':
      return `${printable(event.branch)}: failed because of ${failureAtText(event.failure)}; the other branches settle first`
    case 'branch_stopped':
      return `${printable(event.branch)}: settled beside a branch that failed`
    case 'branch_halted':
      return `${printable(event.branch)}: cannot go on, ${event.code}${event.step === null ? '' : ` at ${printable(event.step)}`}; the others go on`
    case 'branches_abandoned':
      return `not waited for: ${event.branches.map((path) => printable(path)).join(', ')}`
    case 'undo_forked':
      return `${printable(event.fork)}: its branches are undone side by side`
    case 'undo_joined':
      return `${printable(event.fork)}: all its branches are undone`
    case 'compensation_began':
      return `turned back because of ${failureAtText(event.failure)}; to undo: ${names(event.steps)}`
    case 'compensation_succeeded':
      return `${printable(event.step)}: undone${nth(event.attempt)}`
    case 'compensation_failed':
      return `${printable(event.step)}: attempt ${event.attempt} to undo failed, ${failureText(event.failure)}; ${again(event.retryDelayMs)}`
    case 'compensation_reopened':
      return `${printable(event.step)}: a late effect was reported; to be undone once more (round ${event.round})`
    case 'saga_completed':
      return 'completed'
    case 'saga_compensated':
      return 'compensated'
    case 'saga_stuck':
      return `stuck: ${event.code}${event.step === null ? '' : ` at ${printable(event.step)}`}`
    case 'saga_resumed':
      return `retried by ${printable(event.actor)}: ${printable(event.reason)}`
    case 'cancel_requested':
      return `cancel asked by ${printable(event.actor)}: ${printable(event.reason)}`
    case 'cancel_refused':
      return `cancel refused: ${printable(event.reason)}`
    case 'late_result':
      return `${printable(event.step)}: late result of ${event.kind} attempt ${event.attempt}, ${outcomeText(event.outcome)}`
  }
}

function itemCount(items: readonly unknown[] | null): string {
  return items === null ? '' : `, one for each of ${items.length} items`
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

/** Whose word it is: that of the attempt, of which the first needs no mention, or of the probe. */
function verdictBy({ via, attempt }: Pick<Verdict, 'via' | 'attempt'>): string {
  return via === 'probe' ? ' (found out by its probe)' : nth(attempt)
}

type Verdict = Extract<SagaEvent, { type: 'action_succeeded' | 'action_rejected' }>

function nth(attempt: number): string {
  return attempt === 1 ? '' : ` (attempt ${attempt})`
}

function again(retryDelayMs: number | null): string {
  return retryDelayMs === null ? 'no more attempts' : `again in ${formatDuration(retryDelayMs)}`
}

function names(steps: readonly { readonly step: string }[]): string {
  return steps.length === 0 ? 'nothing' : steps.map(({ step }) => printable(step)).join(', ')
}
