import type { Command, Compute } from '../core/command.ts'
import { decide } from '../core/decide.ts'
import type { FollowingEvent } from '../core/event.ts'
import { foldRest } from '../core/fold.ts'
import type { Claimed, OnBranchObservation } from '../core/observation.ts'
import type { SagaDecision } from '../core/saga-decision.ts'
import { mainBranch, type SagaState } from '../core/state.ts'
import type { Clock } from '../ports/clock.ts'
import { compute } from './compute.ts'
import type { KnownDefinition } from './registry.ts'

/** Where a turn stands when it has to decide. */
export interface AdvanceContext {
  readonly definition: KnownDefinition
  readonly state: SagaState
  readonly claim: { readonly claimId: string; readonly queue: string; readonly branch: string }
  readonly clock: Clock
  readonly now: () => number
  /** For how long the circuit of the step that the branch is at in a state keeps its action back; 0 where it does not. */
  readonly circuitOpenMs: (state: SagaState, at: number) => number
  /** Whether the turn may run another step. */
  readonly mayGoOn: boolean
}

/** One journal row to be, and what comes after it. */
export interface Advance {
  readonly events: readonly FollowingEvent[]
  /** For the branch of the turn. */
  readonly command: Command
  /** For other branches, which this row sets to work. */
  readonly others: readonly Command[]
  /** The command is run in this very turn; else the task passes on, or goes. */
  readonly stays: boolean
  readonly refusal: string | null
}

/**
 * Follows a decision as far as it goes without leaving the turn: what the definition's own functions compute, and the start
 * of a step that must be announced, belong into the same journal row.
 */
export function advance(
  context: AdvanceContext,
  observation: OnBranchObservation,
): Advance | Promise<Advance> {
  const seen =
    observation.type === 'claimed' ? withCircuit(context, context.state, observation) : observation
  const decision = decide(context.definition.plan, context.state, seen)
  // Only what is to be computed has to be waited for: all else is there at once.
  return toCompute(decision) === null
    ? followed(context, observation, decision)
    : computed(context, observation, decision)
}

/** Decides again with what is to be computed, until nothing is. */
async function computed(
  context: AdvanceContext,
  observation: OnBranchObservation,
  first: SagaDecision,
): Promise<Advance> {
  const { plan, saga } = context.definition
  const events = [...first.events]
  let decision = first
  let seen = observation
  for (let command = toCompute(decision); command !== null; command = toCompute(decision)) {
    // Whoever has no code of the saga does not come so far: it is stuck before.
    if (saga === null) break
    const state = foreseen(context, events)
    seen = await compute({ ...context, saga, state }, command)
    decision = decide(plan, state, seen)
    events.push(...decision.events)
  }
  // The step behind what was computed has not been claimed for yet.
  return followed(context, seen, { ...decision, events })
}

function followed(
  context: AdvanceContext,
  observation: OnBranchObservation,
  decision: SagaDecision,
): Advance {
  const { plan } = context.definition
  const { branch, claimId } = context.claim
  const { events } = decision
  const next = ofBranch(decision, branch)
  const stays = goesOn(context, next) && !changesTasks(events, branch)
  if (!stays || observation.type === 'claimed') {
    return { events, ...next, stays, refusal: decision.refusal }
  }
  const state = foreseen(context, events)
  const claimed = { type: 'claimed', branch, claimId, at: context.now() } as const
  const again = decide(plan, state, withCircuit(context, state, claimed))
  const after = ofBranch(again, branch)
  return {
    events: again.events.length === 0 ? events : [...events, ...again.events],
    ...after,
    // Time has passed since the verdict: what was to be run may be over its total time by now.
    stays: goesOn(context, after),
    refusal: again.refusal,
  }
}

/** A claim, with what a look at the circuits says. */
function withCircuit(context: AdvanceContext, state: SagaState, claimed: Claimed): Claimed {
  const circuitOpenMs = context.circuitOpenMs(state, claimed.at)
  return circuitOpenMs === 0 ? claimed : { ...claimed, circuitOpenMs }
}

/**
 * Whether tasks change with this row, whatever the turn does next: those of branches that are given up go, and the branch of a
 * fork that is opened again on the way back is another one, of which this claim knows nothing.
 */
function changesTasks(events: readonly FollowingEvent[], branch: string): boolean {
  const turns = events.some(({ type }) => type === 'compensation_began')
  return abandonedIn(events).length > 0 || (turns && branch !== mainBranch)
}

/** The branches that nobody waits for from here on. */
export function abandonedIn(events: readonly FollowingEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'branches_abandoned' ? event.branches : []))
}

function toCompute({ commands }: SagaDecision): Compute | null {
  for (const command of commands) if (isCompute(command)) return command
  return null
}

const computes: ReadonlySet<Command['type']> = new Set<Compute['type']>([
  'complete',
  'compute_items',
  'compute_choice',
  'check_signal',
])

function isCompute(command: Command): command is Compute {
  return computes.has(command.type)
}

function ofBranch({ commands }: SagaDecision, branch: string): Pick<Advance, 'command' | 'others'> {
  const own = commands.find((command) => command.branch === branch)
  const others = commands.filter((command) => command.branch !== branch)
  return { command: own ?? { type: 'halt', branch }, others }
}

/** A row that sets others to work makes their tasks, and the turn's own with them. */
function goesOn(
  { claim, mayGoOn }: AdvanceContext,
  { command, others }: Pick<Advance, 'command' | 'others'>,
): boolean {
  if (others.length > 0 || !('delayMs' in command)) return false
  return mayGoOn && command.queue === claim.queue && command.delayMs === 0
}

function foreseen(
  { definition, state, now }: AdvanceContext,
  events: readonly FollowingEvent[],
): SagaState {
  if (events.length === 0) return state
  return foldRest(definition.plan, state, [{ seq: state.seq, at: now(), events }])
}
