import { attemptsSpent } from './attempts-spent.ts'
import type { SagaDecision } from './saga-decision.ts'
import { decideProbe } from './decide-probe.ts'
import { failedForGood } from './failed-for-good.ts'
import { claimedForward } from './forward-claim.ts'
import { halt } from './halt.ts'
import { judgedStep } from './judged-step.ts'
import { foreseen } from './moment.ts'
import { haltBranch } from './halt-branch.ts'
import { forkInto, nextAction, turnsBack } from './next-action.ts'
import type {
  ActionVerdict,
  ChoiceComputed,
  ItemsComputed,
  OnBranchObservation,
  OutputComputed,
  SignalChecked,
  Unworkable,
} from './observation.ts'
import { deadlineOf } from './pass-time.ts'
import type { Plan, StepNode } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import { delayAfter } from './retry-budget.ts'
import { currentNode, currentStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** Decides for a saga that runs forward. */
export function decideForward(
  plan: Plan,
  state: SagaState,
  observation: OnBranchObservation,
): SagaDecision {
  switch (observation.type) {
    case 'claimed':
      return claimedForward(plan, state, observation)
    case 'action_succeeded':
      return succeeded(plan, state, observation)
    case 'action_rejected':
      return rejected(plan, state, observation)
    case 'action_failed':
      return failed(plan, state, observation)
    case 'probe_answered':
    case 'probe_failed':
      return decideProbe(plan, state, observation)
    case 'output_computed':
      return completed(plan, state, observation)
    case 'items_computed':
      return listed(plan, state, observation)
    case 'choice_computed':
      return chosen(plan, state, observation)
    case 'signal_checked':
      return checkedSignal(plan, state, observation)
    case 'unworkable':
      return unworkable(plan, state, observation)
    case 'compensation_succeeded':
    case 'compensation_failed':
      // Nothing is compensated while the saga runs forward: this verdict is not from here.
      return { events: [], commands: [], refusal: 'The saga is running forward.' }
  }
}

type Succeeded = Extract<ActionVerdict, { type: 'action_succeeded' }>
type Rejected = Extract<ActionVerdict, { type: 'action_rejected' }>
type Failed = Extract<ActionVerdict, { type: 'action_failed' }>

function succeeded(plan: Plan, state: SagaState, verdict: Succeeded): SagaDecision {
  const { branch, step, attempt, output, at } = verdict
  const event = {
    type: 'action_succeeded',
    branch,
    step,
    attempt,
    output,
    ...viaOf(state, step),
  } as const
  return nextAction(plan, foreseen(plan, state, event, at), { branch, at, events: [event] })
}

function rejected(plan: Plan, state: SagaState, verdict: Rejected): SagaDecision {
  const node = judgedStep(plan, state, verdict)
  // After the pivot there is no way back: a rejection is one more failed attempt.
  if (node.role === 'retriable') {
    return failed(plan, state, { ...verdict, type: 'action_failed', quietAfterMs: 0 })
  }
  const { branch, step, attempt, failure, at } = verdict
  const via = viaOf(state, step)
  const event = { type: 'action_rejected', branch, step, attempt, failure, ...via } as const
  const moved = foreseen(plan, state, event, at)
  const moment = { branch, at, events: [event], node, failure }
  const { lateSuccess, unknownAttempts } = stepOf(state, step).action
  // Success beats rejection: an earlier attempt has taken effect.
  if (lateSuccess !== null) return nextAction(plan, moved, moment)
  const doubtful = unknownAttempts > 0
  if (node.role === 'pivot' && doubtful && !node.rejectionCoversEarlierAttempts) {
    return attemptsSpent(plan, moved, moment)
  }
  return failedForGood(plan, moved, moment)
}

function failed(plan: Plan, state: SagaState, verdict: Failed): SagaDecision {
  const { branch, step, attempt, failure, quietAfterMs, at } = verdict
  const node = judgedStep(plan, state, verdict)
  // An earlier attempt that succeeded late settles the action; this one is recorded for what it may still be doing.
  const settledLate = stepOf(state, step).action.lateSuccess !== null
  const isOver = turnsBack(plan, state, branch) || at >= deadlineOf(plan, state)
  const leaves = node.role === 'compensatable' && isOver
  const delay = settledLate || leaves ? null : delayToNext(state, node, verdict)
  const event = {
    type: 'action_failed',
    branch,
    step,
    attempt,
    failure,
    retryDelayMs: delay,
    quietAfterMs,
    ...viaOf(state, step),
  } as const
  const moved = foreseen(plan, state, event, at)
  if (delay !== null || settledLate || leaves) {
    return nextAction(plan, moved, { branch, at, events: [event] })
  }
  return attemptsSpent(plan, moved, { branch, at, events: [event], node, failure })
}

/** Whose verdict it is: from the journal's word on, that of the fallback. */
function viaOf(state: SagaState, step: string): { readonly via?: 'fallback' } {
  return stepOf(state, step).action.fallback === 'due' ? byFallback : byAction
}

const byFallback = { via: 'fallback' } as const
const byAction = {}

/** Milliseconds to the next attempt, or null when the budget of attempts or of time is spent, or the fallback's one was made. */
function delayToNext(state: SagaState, node: StepNode, verdict: Failed): number | null {
  const { attempts, scheduledAt, fallback } = stepOf(state, verdict.step).action
  if (fallback === 'due') return null
  const delay = delayAfter(node.retry, attempts, verdict)
  if (delay === null) return null
  const nextAt = verdict.at + delay - scheduledAt
  return node.totalTimeoutMs !== null && nextAt >= node.totalTimeoutMs ? null : delay
}

/** A cancel that came before the end wins, unless the pivot has succeeded: then it is answered first. */
function completed(plan: Plan, state: SagaState, seen: OutputComputed): SagaDecision {
  const { branch, at, output } = seen
  const next = nextAction(plan, state, { branch, at, events: [] })
  if (next.commands[0]?.type !== 'complete') return next
  return halt([...next.events, { type: 'saga_completed', output }], branch)
}

/** The list of a forEach: its items begin, or the branch goes on behind it at once. */
function listed(plan: Plan, state: SagaState, { branch, at, items }: ItemsComputed): SagaDecision {
  const fork = currentNode(plan, state, branch)
  if (fork?.type !== 'forEach') throw new RangeError(`Saga ${state.sagaId} is at no forEach.`)
  return forkInto(plan, state, { branch, at, events: [], fork, items })
}

function chosen(plan: Plan, state: SagaState, { branch, at, taken }: ChoiceComputed): SagaDecision {
  const node = currentNode(plan, state, branch)
  if (node?.type !== 'choice') throw new RangeError(`Saga ${state.sagaId} is at no choice.`)
  const event = { type: 'choice_made', branch, choice: node.name, taken } as const
  return nextAction(plan, foreseen(plan, state, event, at), { branch, at, events: [event] })
}

function checkedSignal(plan: Plan, state: SagaState, seen: SignalChecked): SagaDecision {
  const { branch, at, wait, signalId } = seen
  const signal = { branch, wait, signalId } as const
  const event = seen.accepted
    ? ({ type: 'signal_taken', ...signal, value: seen.value } as const)
    : ({ type: 'signal_refused', ...signal, problem: seen.problem } as const)
  return nextAction(plan, foreseen(plan, state, event, at), { branch, at, events: [event] })
}

function unworkable(plan: Plan, state: SagaState, seen: Unworkable): SagaDecision {
  const { branch, code, failure, ran, at } = seen
  const node = currentStep(plan, state, branch)
  const step = node === undefined ? null : stepKey(plan, branch, node)
  const record = { code, direction: 'forward', branch, step, failure } as const
  if (ran === null) return haltBranch(plan, state, { branch, at, events: [], record })
  // The handler did run, and what it returned cannot be kept: its effect may stand.
  const verdict = { failure, retryDelayMs: null, quietAfterMs: 0 }
  const via = viaOf(state, ran.step)
  const event = { type: 'action_failed', branch, ...ran, ...verdict, ...via } as const
  const moved = foreseen(plan, state, event, at)
  return haltBranch(plan, moved, { branch, at, events: [event], record })
}
