import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import { valueAt, withValue } from '../../../packages/engine/src/core/key-map.ts'
import type { Observation } from '../../../packages/engine/src/core/observation.ts'
import { pivotOf } from '../../../packages/engine/src/core/plan-steps.ts'
import type { Plan } from '../../../packages/engine/src/core/plan.ts'
import type { SagaDecision } from '../../../packages/engine/src/core/saga-decision.ts'
import type { SagaState } from '../../../packages/engine/src/core/state.ts'
import { shippedRules, type Rules } from '../rules.ts'
import { shapeNamed } from '../shapes.ts'
import { claimed } from '../work.ts'
import type { Mutant } from './mutant.ts'

const { decide, foldRest } = shippedRules

function deciding(mutated: Rules['decide']): Rules {
  return { ...shippedRules, decide: mutated }
}

/** The decision with other events, and the commands that follow from these. */
function retold(
  plan: Plan,
  state: SagaState,
  decision: SagaDecision,
  retell: (event: FollowingEvent) => FollowingEvent | null,
): SagaDecision {
  const events = decision.events.map(retell).filter((event) => event !== null)
  const after = foldRest(plan, state, [{ seq: state.seq + 1, at: state.startedAt, events }])
  const branch = Object.keys(state.branches)[0] ?? 'main'
  const { commands, events: more } = decide(plan, after, claimed(branch))
  return { ...decision, events: [...events, ...more], commands }
}

function isTurning({ events }: SagaDecision): boolean {
  return events.some(({ type }) => type === 'compensation_began')
}

/** The plan in which every rejection speaks for all attempts. */
function coveringPlan(plan: Plan): Plan {
  const nodes = plan.nodes.map((node) =>
    node.type !== 'step' || node.role === 'retriable'
      ? node
      : { ...node, rejectionCoversEarlierAttempts: true },
  )
  return { ...plan, nodes }
}

/** The state in which nobody doubts the pivot. */
function withoutDoubt(plan: Plan, state: SagaState): SagaState {
  const pivot = pivotOf(plan)?.name
  const step = pivot === undefined ? undefined : valueAt(state.steps, pivot)
  if (pivot === undefined || step === undefined) return state
  const sure = { ...step, action: { ...step.action, unknownAttempts: 0 } }
  return { ...state, steps: withValue(state.steps, pivot, sure) }
}

function forward(plan: Plan, state: SagaState, observation: Observation): SagaDecision {
  const decision = decide(plan, state, observation)
  if (!isTurning(decision)) return decision
  return retold(plan, state, withoutEnd(decision), (event) =>
    event.type === 'compensation_began' ? { ...event, steps: event.steps.toReversed() } : event,
  )
}

function knownOnly(plan: Plan, state: SagaState, observation: Observation): SagaDecision {
  const decision = decide(plan, state, observation)
  if (!isTurning(decision)) return decision
  return retold(plan, state, withoutEnd(decision), (event) => {
    if (event.type !== 'compensation_began') return event
    return { ...event, steps: event.steps.filter(({ outcome }) => outcome === 'succeeded') }
  })
}

/** The events up to the way back: what follows of it is decided anew. */
function withoutEnd(decision: SagaDecision): SagaDecision {
  const events = decision.events.filter(({ type }) => type !== 'saga_compensated')
  return { ...decision, events }
}

function hasty(plan: Plan, state: SagaState, observation: Observation): SagaDecision {
  const decision = decide(plan, state, observation)
  const commands = decision.commands.map((command) =>
    command.type === 'run_compensation' ? { ...command, delayMs: 0 } : command,
  )
  return { ...decision, commands }
}

function unannounced(plan: Plan, state: SagaState, observation: Observation): SagaDecision {
  const decision = decide(plan, state, observation)
  return { ...decision, events: decision.events.filter(({ type }) => type !== 'action_starting') }
}

function deafAtTheEnd(plan: Plan, state: SagaState, observation: Observation): SagaDecision {
  if (observation.type !== 'output_computed' && observation.type !== 'action_succeeded')
    return decide(plan, state, observation)
  return decide(plan, { ...state, cancel: 'none' }, observation)
}

function sureOfThePivot(plan: Plan, state: SagaState, observation: Observation): SagaDecision {
  return decide(plan, state.cancel === 'requested' ? withoutDoubt(plan, state) : state, observation)
}

function contentWithTrying(plan: Plan, state: SagaState, observation: Observation): SagaDecision {
  const decision = decide(plan, state, observation)
  if (observation.type !== 'compensation_failed') return decision
  const stuck = decision.events.some(({ type }) => type === 'saga_stuck')
  return stuck ? decide(plan, state, { ...observation, type: 'compensation_succeeded' }) : decision
}

function everLater(plan: Plan, state: SagaState, observation: Observation): SagaDecision {
  const decision = decide(plan, state, observation)
  const commands = decision.commands.map((command) =>
    command.type === 'run_action' && command.attempt > 1 ? { ...command, delayMs: 1 } : command,
  )
  return { ...decision, commands }
}

/** Who has to wait is taken for one who has tried. */
function impatient(plan: Plan, state: SagaState, observation: Observation): SagaDecision {
  const decision = decide(plan, state, observation)
  const [command] = decision.commands
  const waits = observation.type === 'claimed' && observation.circuitOpenMs !== undefined
  if (!waits || command?.type !== 'run_action' || command.via === 'fallback') return decision
  const { branch, step, attempt } = command
  const failure = { kind: 'error', code: 'circuit_open', message: 'The circuit is open.' } as const
  const ended = { branch, step, attempt, failure, at: observation.at, random: 0 }
  return decide(plan, state, { type: 'action_failed', ...ended, quietAfterMs: 0 })
}

/** A core that decides wrongly, in one respect each. */
export const decisionMutants: readonly Mutant[] = [
  {
    name: 'a rejection speaks for earlier attempts',
    forgets: 'R6: a rejection speaks for its own attempt',
    rules: deciding((plan, state, seen) => decide(coveringPlan(plan), state, seen)),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'compensations run in the order of the actions',
    forgets: 'R10: reverse order',
    rules: deciding(forward),
    shape: shapeNamed('three steps'),
  },
  {
    name: 'steps of unknown outcome are not undone',
    forgets: 'R5: unknown steps are undone',
    rules: deciding(knownOnly),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'a compensation does not wait for its action to be quiet',
    forgets: 'R11: quiet first',
    rules: deciding(hasty),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'the start of an only attempt is not announced',
    forgets: 'R8: its start is in the journal before it runs',
    rules: deciding(unannounced),
    shape: shapeNamed('one attempt each'),
  },
  {
    name: 'a cancel that comes last is not heard',
    forgets: 'R14: the first in the journal wins',
    rules: deciding(deafAtTheEnd),
    shape: shapeNamed('two steps'),
  },
  {
    name: 'a cancel turns back at a pivot of unknown outcome',
    forgets: 'R14: while the pivot is in flight a cancel waits',
    rules: deciding(sureOfThePivot),
    shape: shapeNamed('a step and a pivot'),
  },
  {
    name: 'a compensation that used up its attempts counts as done',
    forgets: 'R12: it is never reported as compensated',
    rules: deciding(contentWithTrying),
    shape: shapeNamed('operator'),
  },
  {
    name: 'an attempt is burned while the circuit is open',
    forgets: 'I34: to wait is no attempt',
    rules: deciding(impatient),
    shape: shapeNamed('a step with another way'),
  },
  {
    name: 'a retry is put off for ever',
    forgets: 'G8: every saga ends',
    rules: deciding(everLater),
    shape: shapeNamed('two steps'),
  },
]
