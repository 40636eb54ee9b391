import type { Command } from '../core/command.ts'
import { decide } from '../core/decide.ts'
import type { SagaDecision } from '../core/saga-decision.ts'
import type { FollowingEvent } from '../core/event.ts'
import { foldRest } from '../core/fold.ts'
import type { OnBranchObservation } from '../core/observation.ts'
import type { SagaState } from '../core/state.ts'
import { acceptOutput } from './accept-output.ts'
import type { Clock } from '../ports/clock.ts'
import { payloads, resultsBefore } from './handler-context.ts'
import type { KnownDefinition } from './registry.ts'
import { failure, thrownFailure } from './to-failure.ts'

/** Where a turn stands when it has to decide. */
export interface AdvanceContext {
  readonly definition: KnownDefinition
  readonly state: SagaState
  readonly claim: { readonly claimId: string; readonly queue: string; readonly branch: string }
  readonly clock: Clock
  readonly now: () => number
  /** Whether the turn may run another step. */
  readonly mayGoOn: boolean
}

/** One journal row to be, and what comes after it. */
export interface Advance {
  readonly events: readonly FollowingEvent[]
  readonly command: Command
  /** The command is run in this very turn; else the task passes on, or goes. */
  readonly stays: boolean
  readonly refusal: string | null
}

/**
 * Follows a decision as far as it goes without leaving the turn: the output of a saga whose last step succeeded, and the
 * start of a step that must be announced, belong into the same journal row.
 */
export async function advance(
  context: AdvanceContext,
  observation: OnBranchObservation,
): Promise<Advance> {
  const { plan } = context.definition
  const { branch, claimId } = context.claim
  const first = decide(plan, context.state, observation)
  const events = [...first.events]
  let decision: SagaDecision = first
  if (commandOf(decision, branch).type === 'complete') {
    const output = await computeOutput(context, foreseen(context, events))
    decision = decide(plan, foreseen(context, events), output)
    events.push(...decision.events)
  }
  const command = commandOf(decision, branch)
  const stays = goesOn(context, command)
  if (!stays || observation.type === 'claimed') {
    return { events, command, stays, refusal: decision.refusal }
  }
  const claimed = { type: 'claimed', branch, claimId, at: context.now() } as const
  const again = decide(plan, foreseen(context, events), claimed)
  const next = commandOf(again, branch)
  return {
    events: [...events, ...again.events],
    command: next,
    // Time has passed since the verdict: what was to be run may be over its total time by now.
    stays: goesOn(context, next),
    refusal: again.refusal,
  }
}

function commandOf(decision: SagaDecision, branch: string): Command {
  return decision.commands[0] ?? { type: 'halt', branch }
}

function goesOn({ claim, mayGoOn }: AdvanceContext, command: Command): boolean {
  if (command.type === 'complete' || command.type === 'halt') return false
  return mayGoOn && command.queue === claim.queue && command.delayMs === 0
}

function foreseen(
  { definition, state }: AdvanceContext,
  events: readonly FollowingEvent[],
): SagaState {
  return foldRest(definition.plan, state, [{ seq: state.seq, at: state.startedAt, events }])
}

/** The output is the user's code too: it may throw, or give what cannot be stored. */
async function computeOutput(
  context: AdvanceContext,
  state: SagaState,
): Promise<OnBranchObservation> {
  const { definition, claim } = context
  const base = { branch: claim.branch, at: context.now() }
  const results = resultsBefore(definition.plan, state, null)
  try {
    const { sagaId } = state
    const computed = definition.saga?.computeOutput({ ...payloads(state.input, results), sagaId })
    const value = await withinLimit(context.clock, computed)
    const accepted = await acceptOutput('output', value, undefined)
    if (accepted.ok) return { ...base, type: 'output_computed', output: accepted.value }
    return {
      ...base,
      type: 'unworkable',
      code: 'payload_invalid',
      failure: accepted.failure,
      ran: null,
    }
  } catch (error) {
    const { message } = thrownFailure(error, null)
    const why = failure(
      'invalid',
      'payload_invalid',
      `The saga's output could not be computed: ${message}`,
    )
    return { ...base, type: 'unworkable', code: 'payload_invalid', failure: why, ran: null }
  }
}

/** How long an output may take: it is computed from what is at hand. */
const outputTimeoutMs = 30_000

/** An output that never comes must not hold its saga, and the slot, for ever. */
async function withinLimit(clock: Clock, computed: Promise<unknown> | undefined): Promise<unknown> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const late = (): void => reject(new Error(`It took more than ${outputTimeoutMs} ms.`))
  const callOff = clock.after(outputTimeoutMs, late)
  try {
    return await Promise.race([computed, over])
  } finally {
    callOff()
  }
}
