import assert from 'node:assert/strict'
import type {
  RunAction,
  RunCompensation,
  RunProbe,
} from '../../../packages/engine/src/core/command.ts'
import type { JournalEntry, SagaEvent } from '../../../packages/engine/src/core/event.ts'
import { fold } from '../../../packages/engine/src/core/fold.ts'
import { mayMoveStatus } from '../../../packages/engine/src/core/status-events.ts'
import type { Observation } from '../../../packages/engine/src/core/observation.ts'
import { probeOf, type StepNode } from '../../../packages/engine/src/core/plan.ts'
import type { RetryPolicy } from '../../../packages/engine/src/core/retry-policy.ts'
import type { SequentialPlan } from './plans.ts'
import type { SagaDecision } from '../../../packages/engine/src/core/saga-decision.ts'
import type { ActionState, Attempts, SagaState } from '../../../packages/engine/src/core/state.ts'
import { valueAt, entriesIn } from '../../../packages/engine/src/core/key-map.ts'
import type { Ledger } from './ledger.ts'

/** A saga, its past, and the world around it. */
export interface Situation {
  readonly plan: SequentialPlan
  readonly state: SagaState
  readonly entries: readonly JournalEntry[]
  readonly ledger: Ledger
}

/** Who holds a live branch learns what to do, or why nothing may be done; nobody is left without an answer. */
export function checkDecision(state: SagaState, seen: Observation, decision: SagaDecision): void {
  if (decision.refusal !== null) {
    assert.deepEqual([decision.events, decision.commands], [[], []])
  } else if ('branch' in seen && seen.type !== 'late_report') {
    assert.equal(decision.commands.length, 1)
  }
  if (seen.type === 'late_report') assert.equal(decision.events[0]?.type, 'late_result')
  if (state.status === 'completed' && seen.type !== 'late_report') {
    assert.deepEqual(decision.events, [])
  }
}

/** No handler starts beyond its budget, nor forward once the saga has turned; each direction counts for itself. */
export function checkStart(plan: SequentialPlan, state: SagaState, command: Start): void {
  const { type, step } = command
  const node = plan.nodes.find(({ name }) => name === step)
  const { action, compensation } = valueAt(state.steps, step) ?? {}
  if (type === 'run_probe') {
    assert.equal(state.status, 'running')
    checkProbe(node ?? assert.fail('It has no such step.'), action)
  } else if (type === 'run_action') {
    assert.equal(state.failure, null)
    assert.equal(command.via === 'fallback', action?.fallback === 'due')
    if (node !== undefined && action !== undefined) checkAction(node, action)
  } else {
    assert.equal(state.status, 'compensating')
    assert((compensation?.attempts.endedSinceResume ?? 0) < 2)
  }
}

/** The fallback comes behind a budget or instead of it, once, and behind it the action is not tried again. */
function checkAction({ retry }: StepNode, { fallback, attempts }: ActionState): void {
  assert.notEqual(fallback, 'spent')
  if (fallback === 'unused') checkBudgets(retry, attempts)
}

/** Only a doubt is looked into, and only as often as the probe may be asked. */
function checkProbe(node: StepNode, action: ActionState | undefined): void {
  const retry = probeOf(node)?.retry ?? assert.fail('It has no probe.')
  assert((action?.unknownAttempts ?? 0) > 0)
  assert(action?.lateSuccess === null)
  checkBudgets(retry, action.probe ?? assert.fail('It is not asked.'))
}

/** No budget is spent, neither that of a code nor the one of all the others. */
function checkBudgets({ maximumAttempts, byCode = {} }: RetryPolicy, made: Attempts): void {
  let others = made.endedSinceResume
  for (const [code, count] of Object.entries(made.byCode)) {
    others -= count
    assert(count < (byCode[code]?.maximumAttempts ?? Number.POSITIVE_INFINITY))
  }
  assert(others < (maximumAttempts ?? Number.POSITIVE_INFINITY))
}

type Start = RunAction | RunProbe | RunCompensation

/** What holds from one journal row to the next. */
export function checkTransition(before: SagaState, after: Situation): void {
  const { plan, state, entries, ledger } = after
  assert.deepEqual(fold(plan, state.sagaId, entries), state)
  const last = entries.at(-1)?.events ?? []
  if (!last.some((event) => event.type !== 'saga_started' && mayMoveStatus(event)))
    assert.equal(state.status, before.status)
  if (before.failure !== null) assert.deepEqual(state.failure, before.failure)
  if (before.status === 'completed') assert.equal(state.status, 'completed')
  if (before.status === 'compensated') assert.match(state.status, /^(compensated|stuck)$/)
  if (before.failure === null && state.failure !== null) checkTurn(plan, entries, ledger)
  checkEnd(after)
}

/** Both ends are claims about every step, and about the world. */
function checkEnd({ plan, state, ledger }: Situation): void {
  if (state.status === 'completed') {
    for (const { name } of plan.nodes) {
      assert.equal(valueAt(state.steps, name)?.action.status, 'succeeded')
      assert(ledger.stands(name))
    }
  }
  if (state.status === 'compensated') {
    const standing = plan.nodes.filter((node) => matters(node) && ledger.stands(node.name))
    assert.deepEqual(standing, [])
    for (const [, { compensation }] of entriesIn(state.steps)) {
      assert.match(compensation.status, /^(none|compensated)$/)
    }
  }
}

function matters(node: StepNode): boolean {
  return node.role !== 'compensatable' || node.compensation.type === 'handler'
}

/** The way back has just begun: what it lists is what stands or may stand, the last one first. */
function checkTurn(plan: SequentialPlan, entries: readonly JournalEntry[], ledger: Ledger): void {
  const events = entries.flatMap((entry) => entry.events)
  const began = events.find((event) => event.type === 'compensation_began')
  assert.deepEqual(began?.steps, owed(plan, events))
  const decisive = plan.nodes.find(({ role }) => role === 'pivot')
  if (decisive?.role !== 'pivot') return
  assert(!settled(events, decisive.name))
  assert(decisive.rejectionCoversEarlierAttempts || !ledger.stands(decisive.name))
}

function settled(events: readonly SagaEvent[], step: string): boolean {
  return events.some((event) => event.type === 'action_succeeded' && event.step === step)
}

/** Read from the journal anew, by rules stated once more: this must not follow the code that it judges. */
function owed(plan: SequentialPlan, events: readonly SagaEvent[]): readonly object[] {
  const done = events.flatMap((event) => (event.type === 'action_succeeded' ? [event.step] : []))
  const undoable = plan.nodes.flatMap((node) =>
    node.role === 'compensatable' && node.compensation.type === 'handler' ? [node] : [],
  )
  const last = plan.nodes[done.length]
  const open = undoable.filter((node) => node === last && mayStand(node, events))
  return [
    ...open.map(({ name }) => ({ step: name, outcome: 'unknown' })),
    ...done
      .filter((name) => undoable.some((node) => node.name === name))
      .toReversed()
      .map((step) => ({ step, outcome: 'succeeded' })),
  ]
}

const endsDoubt: ReadonlySet<SagaEvent['type']> = new Set(['action_succeeded', 'probe_answered'])

type Undoable = Extract<StepNode, { role: 'compensatable' }>

function mayStand(node: Undoable, events: readonly SagaEvent[]): boolean {
  const rejection = events.findLastIndex(
    (event) => event.type === 'action_rejected' && event.step === node.name,
  )
  if (rejection >= 0 && node.compensateWhenRejected) return true
  // Its attempts have their verdict or no effect.
  if (node.transactional === true) return false
  // A retry puts the rejection into doubt again.
  const standing = rejection > events.findLastIndex(({ type }) => type === 'saga_resumed')
  if (standing && node.rejectionCoversEarlierAttempts) return false
  // What a probe has said takes the doubt from all that was before.
  const reached = events.findLastIndex(({ type }) => endsDoubt.has(type)) + 1
  return events.slice(reached).some((event, index, since) => {
    if (event.type === 'action_failed') return true
    if (event.type !== 'lease_lost') return false
    const announced = since
      .slice(0, index)
      .some((start) => start.type === 'action_starting' && start.claimId === event.claimId)
    return node.retry.maximumAttempts !== 1 || announced
  })
}
