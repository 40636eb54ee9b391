import type { CheckSignal, Compute } from '../core/command.ts'
import type { Failure } from '../core/failure.ts'
import { copyJson, type JsonValue } from '../core/json.ts'
import type { OnBranchObservation } from '../core/observation.ts'
import type { SagaState } from '../core/state.ts'
import type { OutputContext } from '../definition/handler-context.ts'
import type { AnyResults, RegisteredSaga } from '../definition/saga-definition.ts'
import type { Clock } from '../ports/clock.ts'
import { acceptOutput } from './accept-output.ts'
import { checkSignal } from './check-signal.ts'
import { resultsSoFar } from './results.ts'
import { failure, thrownFailure } from './to-failure.ts'
import { withinLimit } from './within-limit.ts'

/** A saga's own functions, and what they compute from. */
export interface ComputeContext {
  readonly saga: RegisteredSaga
  readonly state: SagaState
  readonly clock: Clock
  readonly now: () => number
}

/**
 * Calls the function of the definition that a command asks for: without an effect, at once, and only to be written down.
 * It is the user's code all the same: it may throw, hang, or give what cannot be stored, and then the saga is stuck.
 */
export async function compute(
  context: ComputeContext,
  command: Compute,
): Promise<OnBranchObservation> {
  const { saga, clock, now } = context
  if (command.type === 'check_signal') return checkSignal(context, command)
  const { name, what, call } = functionOf(saga, command)
  const { branch } = command
  const unworkable = (why: Failure): OnBranchObservation => {
    return {
      type: 'unworkable',
      code: 'payload_invalid',
      failure: why,
      branch,
      at: now(),
      ran: null,
    }
  }
  try {
    const value = await withinLimit(clock, call(contextOf(context)))
    const accepted = await acceptOutput(name, value, undefined)
    if (!accepted.ok) return unworkable(accepted.failure)
    const found = observed(command, accepted.value, now())
    return typeof found === 'string' ? unworkable(invalid(`${what} ${found}`)) : found
  } catch (error) {
    const { message } = thrownFailure(error, null)
    return unworkable(invalid(`${what} could not be computed: ${message}`))
  }
}

function invalid(message: string): Failure {
  return failure('invalid', 'payload_invalid', message)
}

/** What calls a function of the definition; a signal is only checked. */
type Called = Exclude<Compute, CheckSignal>

interface NamedFunction {
  readonly name: string
  /** Begins a message. */
  readonly what: string
  readonly call: (context: OutputContext<unknown, AnyResults>) => Promise<unknown>
}

function functionOf(saga: RegisteredSaga, command: Called): NamedFunction {
  switch (command.type) {
    case 'complete':
      return { name: 'output', what: "The saga's output", call: saga.computeOutput }
    case 'compute_items': {
      const { fork: name } = command
      return { name, what: `The list of "${name}"`, call: saga.lists.get(name) ?? absent }
    }
    case 'compute_choice': {
      const { choice: name } = command
      return { name, what: `The predicate of "${name}"`, call: saga.predicates.get(name) ?? absent }
    }
  }
}

const absent = (): Promise<never> =>
  Promise.reject(new Error('the definition that is registered here has no function for it.'))

function contextOf({ saga, state }: ComputeContext): OutputContext<unknown, AnyResults> {
  return {
    input: copyJson(state.input),
    results: copyJson(resultsSoFar(saga.plan, state)),
    sagaId: state.sagaId,
  }
}

/** Most items that a forEach may go through. */
const maximumItems = 10_000

/** What was computed, or what is wrong with it. */
function observed(command: Called, value: JsonValue, at: number): OnBranchObservation | string {
  const { branch } = command
  switch (command.type) {
    case 'complete':
      return { type: 'output_computed', branch, at, output: value }
    case 'compute_items':
      if (!Array.isArray(value)) return 'is no array.'
      return value.length > maximumItems
        ? `has ${value.length} items, and there may be ${maximumItems}.`
        : { type: 'items_computed', branch, at, items: value }
    case 'compute_choice':
      return typeof value === 'boolean'
        ? { type: 'choice_computed', branch, at, taken: value }
        : 'is neither true nor false.'
  }
}
