import { BackstepError } from '../core/backstep-error.ts'
import type { JsonValue } from '../core/json.ts'
import type { Observation } from '../core/observation.ts'
import { checkPayload } from '../core/payload.ts'
import { plannedStep } from '../core/plan-steps.ts'
import type { RegisteredSaga } from '../definition/saga-definition.ts'
import { acceptOutput } from './accept-output.ts'
import { checkText } from './check-id.ts'
import { ask, readSaga, type AskedOfSaga, type RequestAnswer } from './operator-request.ts'
import type { KnownDefinition } from './registry.ts'
import type { SharedParts } from './shared-parts.ts'

/** Who asks for something, and why: kept in the journal. */
export interface AuditOptions {
  readonly actor: string
  readonly reason: string
}

/** What every verb takes. */
export interface OperatorOptions extends AuditOptions {
  /** Only if the saga's last journal row is still this one: what the operator saw. */
  readonly ifSeq?: number
}

/** A verb about a step that the saga is stuck at. */
export interface StepVerbOptions extends OperatorOptions {
  /** Its key, `ship` or `ship[3]`; needed only where the saga is stuck at several. */
  readonly step?: string
}

interface CodeOptions {
  /** Definitions, whose schemas check what is given; the saga's is needed in a process that has not registered it. */
  readonly sagas?: readonly RegisteredSaga[]
}

/** How an input is edited. */
export interface EditOptions extends OperatorOptions, CodeOptions {
  readonly input: unknown
  /**
   * Nothing that was tried under the old input has an effect: the operator has made sure. Needed where an attempt is in
   * doubt, because the next one is another one to its participant.
   */
  readonly noEffect?: boolean
}

/** How a step is skipped. */
export interface SkipOptions extends StepVerbOptions, CodeOptions {
  /** What later steps see in the place of its output. */
  readonly output?: unknown
}

/** What an operator knows of a step: what it returned, or that it has no effect. */
export type ResolveOptions = StepVerbOptions &
  CodeOptions &
  ({ readonly output: unknown } | { readonly noEffect: true })

type WithoutActor<Asked> = Asked extends Observation
  ? Omit<Asked, 'type' | 'actor' | 'reason'>
  : never
type OperatorWish = WithoutActor<Extract<Observation, { readonly type: 'operator_asked' }>>

/**
 * What an operator can do to one saga. Each verb is decided on what the journal says, and is one row of it with who asked
 * and why, what was there before, and what after. One that the saga's state does not allow changes nothing, and the answer
 * says why and which ones it would allow. All of them throw BackstepError `ID_INVALID`, `SAGA_NOT_FOUND` and
 * `DEFINITION_NOT_FOUND`.
 */
export class Operator {
  readonly #shared: SharedParts
  readonly #sagaId: string

  constructor(shared: SharedParts, sagaId: string) {
    this.#shared = shared
    this.#sagaId = sagaId
  }

  /** Sets a stuck saga going again with fresh attempts, or ends the wait of one for its next attempt. Under the same keys. */
  retry(options: OperatorOptions): Promise<RequestAnswer> {
    return this.#ask({ type: 'retry_asked', ...audited(options) }, options)
  }

  /** Asks for the saga to be undone, as whoever started it might. */
  cancel(options: OperatorOptions): Promise<RequestAnswer> {
    return this.#ask({ type: 'cancel_asked', ...audited(options) }, options)
  }

  /**
   * Gives a stuck saga another input, for what is not done yet, and has it try again: under another idempotency key.
   *
   * @throws BackstepError `INPUT_INVALID`, `PAYLOAD_INVALID`; `CONFIGURATION_INVALID` where the definition is not at hand
   */
  async edit(options: EditOptions): Promise<RequestAnswer> {
    const { saga } = await this.#definition(options)
    if (saga === null) throw this.#needsCode('its input')
    const valid = await saga.validateInput(options.input)
    const { value: input } = checkPayload(valid, `The input of saga "${saga.name}"`)
    return this.#operate({ verb: 'edit', input, noEffect: options.noEffect === true }, options)
  }

  /**
   * Has a stuck saga go on without the step that it is stuck at.
   *
   * @throws BackstepError as `resolve` does
   */
  async skip(options: SkipOptions): Promise<RequestAnswer> {
    const { output } = options
    const step = stepOf(options)
    const wish = { verb: 'skip', step } as const
    if (output === undefined) return this.#operate(wish, options)
    return this.#operate({ ...wish, output: await this.#output(output, options) }, options)
  }

  /**
   * Says what became of the step that a saga is stuck at: it succeeded and returned this, and is undone as such if the saga
   * turns back; or no attempt at it has an effect, and then the saga turns back.
   *
   * @throws BackstepError `PAYLOAD_INVALID` for an output that the step's schema refuses; `CONFIGURATION_INVALID` where
   *   there is a schema and the definition is not at hand
   */
  async resolve(options: ResolveOptions): Promise<RequestAnswer> {
    const step = stepOf(options)
    if ('noEffect' in options) {
      return this.#operate({ verb: 'resolve', step, outcome: { status: 'no_effect' } }, options)
    }
    const output = await this.#output(options.output, options)
    const outcome = { status: 'succeeded', output } as const
    return this.#operate({ verb: 'resolve', step, outcome }, options)
  }

  /** The effect of the step whose compensation is stuck has been undone by hand. */
  markCompensated(options: StepVerbOptions): Promise<RequestAnswer> {
    return this.#operate({ verb: 'mark_compensated', step: stepOf(options) }, options)
  }

  /** The effect of the step whose compensation is stuck stands: the saga ends `partially_compensated`. */
  waive(options: StepVerbOptions): Promise<RequestAnswer> {
    return this.#operate({ verb: 'waive', step: stepOf(options) }, options)
  }

  /** Turns the saga back, unless it is past its pivot, or nobody knows whether it is. */
  compensate(options: OperatorOptions): Promise<RequestAnswer> {
    return this.#operate({ verb: 'compensate' }, options)
  }

  /** Ends the saga as it stands. Says nothing about effects. */
  abandon(options: OperatorOptions): Promise<RequestAnswer> {
    return this.#operate({ verb: 'abandon' }, options)
  }

  /** Starts no handler of the saga any more, in neither direction. What is at work ends, and is recorded. */
  pause(options: OperatorOptions): Promise<RequestAnswer> {
    return this.#operate({ verb: 'pause' }, options)
  }

  /** Ends a pause. */
  resume(options: OperatorOptions): Promise<RequestAnswer> {
    return this.#operate({ verb: 'resume' }, options)
  }

  #operate(wish: OperatorWish, options: OperatorOptions): Promise<RequestAnswer> {
    return this.#ask({ type: 'operator_asked', ...audited(options), ...wish }, options)
  }

  async #ask(asked: AskedOfSaga, { ifSeq }: OperatorOptions): Promise<RequestAnswer> {
    return ask(this.#shared, { sagaId: this.#sagaId, asked, ifSeq: ifSeq ?? null })
  }

  async #definition({ sagas = [] }: CodeOptions): Promise<KnownDefinition> {
    const { plan } = await readSaga(this.#shared, this.#sagaId)
    const own = sagas.find(({ name, version }) => name === plan.name && version === plan.version)
    if (own !== undefined) await this.#shared.registry.register(own)
    const known = await this.#shared.registry.find(plan.name, plan.version)
    return known ?? { plan, saga: null }
  }

  /** An output that the step could have returned. */
  async #output(given: unknown, options: StepVerbOptions & CodeOptions): Promise<JsonValue> {
    const definition = await this.#definition(options)
    const step = options.step ?? (await this.#stuckStep())
    const node = step === null ? undefined : plannedStep(definition.plan, step)?.node
    // A step that is not there is refused by whoever decides.
    if (node === undefined) return checkPayload(given, 'The output').value
    const { saga } = definition
    if (node.outputSchema !== null && saga === null)
      throw this.#needsCode(`the output of "${step}"`)
    const schema = saga?.handlers.get(node.name)?.outputSchema
    const accepted = await acceptOutput(node.name, given, schema)
    if (accepted.ok) return accepted.value
    throw new BackstepError('PAYLOAD_INVALID', accepted.failure.message)
  }

  async #stuckStep(): Promise<string | null> {
    const { state } = await readSaga(this.#shared, this.#sagaId)
    return state.status === 'stuck' ? state.stuck.step : null
  }

  #needsCode(what: string): BackstepError {
    return new BackstepError(
      'CONFIGURATION_INVALID',
      `Saga ${this.#sagaId} has a schema for ${what}, and its definition is not registered in this process: pass it among "sagas", or with "--sagas MODULE" on the command line.`,
    )
  }
}

function audited({ actor, reason }: AuditOptions): AuditOptions {
  return { actor: checkText(actor, 'actor'), reason: checkText(reason, 'reason') }
}

function stepOf({ step }: StepVerbOptions): string | null {
  return step === undefined ? null : checkText(step, 'step')
}
