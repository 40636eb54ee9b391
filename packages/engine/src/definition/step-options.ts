import type { StandardSchemaV1 } from '@standard-schema/spec'

import type { Duration } from '../core/duration.ts'
import type {
  ActionContext,
  CompensationContext,
  ProbeContext,
  Transacted,
} from './handler-context.ts'
import type { ProbeAnswer } from './probe-answer.ts'
import type { ActionReturn, MaybePromise, ProbedOutput, StepOutput } from './stored-output.ts'

/** When and how often a failed attempt is made again. What is left out keeps its default. */
export interface RetryOptions extends RetryBudgetOptions {
  /**
   * Budgets of their own for failures with these codes: the `code` of what was thrown, or of its nearest cause that has
   * one; `timeout`, `lease_lost` and `shutdown` are the engine's. Each counts its own failures only. What a budget leaves
   * out is as in the policy around it. With `'stop'` the first such failure ends the attempts; that is no rejection, so the
   * outcome stays unknown.
   */
  readonly byCode?: Readonly<Record<string, RetryBudgetOptions | 'stop'>>
}

/** One budget of attempts, and its backoff. */
export interface RetryBudgetOptions {
  /** Upper bound of the delay after the first failed attempt. Default `1s`. */
  readonly initialInterval?: Duration
  /** Factor from one bound to the next, at least 1. Default 2. */
  readonly backoffCoefficient?: number
  /** No bound grows beyond this. Default `1m`, or `initialInterval` where that is longer. */
  readonly maximumInterval?: Duration
  /** The first attempt included. Default 5; after the pivot `unlimited`; for a compensation 20. */
  readonly maximumAttempts?: number | 'unlimited'
  /** `full`, the default, draws each delay between zero and the bound; `none` waits for exactly the bound. */
  readonly jitter?: 'full' | 'none'
}

/** What all steps of a saga have unless they say otherwise. */
export interface StepDefaults {
  readonly queue?: string
  /** For actions. Its `maximumAttempts` counts up to the pivot: after it, a bound is set at the step or there is none. */
  readonly retry?: RetryOptions
  /** Of one attempt, of actions and compensations. */
  readonly timeout?: Duration
}

/**
 * What every step may say, wherever it stands.
 *
 * @typeParam Place what the handlers get because of where the step is: `unknown`, that is nothing, outside a forEach
 */
interface StepBasics<
  Input,
  Results,
  Returned,
  Schema extends StandardSchemaV1,
  Place,
  Transactional extends boolean,
> {
  /**
   * Takes effect, and returns what later steps need to know; that must be JSON. To throw `reject(…)` asserts that no
   * effect stands. Any other error leaves the outcome unknown: the action is called again with the same idempotency key.
   */
  readonly action: (
    context: Transacted<ActionContext<Input, Results>, Transactional> & Place,
  ) => MaybePromise<Returned & ActionReturn<Returned, Schema>>
  /** Any Standard Schema: checks what the action returned before it is stored, and gives `results` its type. */
  readonly output?: Schema
  /** Where the step's handlers run. Default `default`. */
  readonly queue?: string
  readonly retry?: RetryOptions
  /** How long one attempt of the action may take. Default `30s`. */
  readonly timeout?: Duration
  /** How long the action may take with all attempts and delays. Default: no bound. */
  readonly totalTimeout?: Duration
  /**
   * Gives the action a `transaction` of the saga database, which is committed together with its success: what the action
   * writes there happens exactly once. Then it should take effect nowhere else. Default false.
   */
  readonly transactional?: Transactional
  /**
   * Keeps attempts at the action back while too many of them fail: then its participant needs rest, and not more work. Each
   * process counts for itself. To wait for it is no attempt. A rejection is an answer, and no failure.
   */
  readonly breaker?: BreakerOptions
}

/** When a step's circuit opens: after failures in a row, or by the share of failures among the attempts of a window. */
export type BreakerOptions = ConsecutiveBreakerOptions | SamplingBreakerOptions

/** Opens after so many failed attempts in a row. */
export interface ConsecutiveBreakerOptions extends HalfOpen {
  readonly consecutiveFailures: number
  readonly failureRate?: never
  readonly window?: never
  readonly minimumCalls?: never
}

/** Opens when too many of the attempts of a window fail. */
export interface SamplingBreakerOptions extends HalfOpen {
  /** More than this share of them, between 0 and 1. */
  readonly failureRate: number
  /** How long an attempt counts. */
  readonly window: Duration
  /** With fewer attempts than this in the window the circuit stays closed. */
  readonly minimumCalls: number
  readonly consecutiveFailures?: never
}

interface HalfOpen {
  /** How long an open circuit keeps everything back; then one attempt tries whether it can be closed. */
  readonly halfOpenAfter: Duration
}

/** A step that may take its effect by another way. */
interface FallingBack<
  Input,
  Results,
  Returned,
  Schema extends StandardSchemaV1,
  Place,
  Transactional extends boolean,
> {
  /**
   * Another way to take the same effect, with the same idempotency key: called once when the action's attempts are spent,
   * before the step has failed for good, or at once when the circuit is open. The same compensation undoes it, and so it must
   * be able to. There is none after a definite rejection. A `transactional` step has no other way.
   */
  readonly fallback?: true extends Transactional
    ? 'A transactional step has no fallback: there is no other way to write to the saga database.'
    : (
        context: ActionContext<Input, Results> & Place,
      ) => MaybePromise<NoInfer<ProbedOutput<Returned, Schema>>>
}

/** What a step may say because of which a saga can turn back. */
interface TurningBack<Input, Results, Returned, Schema extends StandardSchemaV1, Place> {
  /**
   * When the step has failed for good (it was rejected, or its attempts are spent): `compensate`, the default, turns the saga
   * back. `park` makes it stuck (`parked_by_policy`): an operator's retry gives the step a fresh budget, a cancel turns back.
   */
  readonly onFailure?: 'compensate' | 'park'
  /**
   * Finds out what became of the action when its attempts are spent and nobody knows whether they took effect, before the
   * saga turns back or is stuck; and before an operator's retry makes another attempt. It only looks, and says what it saw:
   * `tookEffect(…)`, `noEffect(…)` or `stillUnknown()`. To throw, whatever it is, is the last of these.
   * A `transactional` step has none: what became of it is never in doubt.
   */
  readonly probe?: (
    context: ProbeContext<Input, Results> & Place,
  ) => MaybePromise<ProbeAnswer<NoInfer<ProbedOutput<Returned, Schema>>>>
  readonly probeOptions?: ProbeOptions
}

/**
 * A step before the pivot that is undone by a handler. Write `action` above `compensation`: types flow downwards.
 *
 * The compiler explains a step that fits neither way by the type whose name sorts last: this one, which asks for the
 * compensation.
 */
export interface UndoableStepOptions<
  Input,
  Results,
  Returned,
  Schema extends StandardSchemaV1,
  Place = unknown,
  Transactional extends boolean = false,
  UndoTransactional extends boolean = false,
>
  extends
    StepBasics<Input, Results, Returned, Schema, Place, Transactional>,
    FallingBack<Input, Results, Returned, Schema, Place, Transactional>,
    TurningBack<Input, Results, Returned, Schema, Place> {
  /**
   * Undoes the action's effect. Called again until it returns. What it returns is not kept but for one thing: a
   * `{ status: 'noop', reason }`, as Backstep's barrier has it, tells in the journal that there was nothing to undo.
   */
  readonly compensation: (
    context: Transacted<
      CompensationContext<Input, Results, StepOutput<Returned, Schema>>,
      UndoTransactional
    > &
      Place,
  ) => unknown
  readonly compensationOptions?: CompensationOptions<UndoTransactional>
  /** Compensate also after a rejection, for a participant that may leave something behind. Default false. */
  readonly compensateWhenRejected?: boolean
  /** A rejection asserts that no effect of any earlier attempt stands either. Default false. */
  readonly rejectionCoversEarlierAttempts?: boolean
  /**
   * Declares that the participant keeps an action out that arrives after its compensation, as Backstep's barrier does. Then
   * a compensation does not wait until the action must be quiet. Default false.
   */
  readonly barrier?: boolean
  readonly reason?: never
}

/** A step before the pivot that leaves nothing behind. */
export interface StepWithoutUndoOptions<
  Input,
  Results,
  Returned,
  Schema extends StandardSchemaV1,
  Place = unknown,
  Transactional extends boolean = false,
>
  extends
    StepBasics<Input, Results, Returned, Schema, Place, Transactional>,
    FallingBack<Input, Results, Returned, Schema, Place, Transactional>,
    TurningBack<Input, Results, Returned, Schema, Place> {
  readonly compensation: 'none'
  /** Why nothing has to be undone, such as `read-only`: operators read it. */
  readonly reason: string
}

/** The step that decides: once it succeeded, the saga only goes forward. */
export interface PivotOptions<
  Input,
  Results,
  Returned,
  Schema extends StandardSchemaV1,
  Place = unknown,
  Transactional extends boolean = false,
>
  extends
    StepBasics<Input, Results, Returned, Schema, Place, Transactional>,
    TurningBack<Input, Results, Returned, Schema, Place> {
  /** A rejection asserts that no effect of any earlier attempt stands either. Default false. */
  readonly rejectionCoversEarlierAttempts?: boolean
  /** Never there: to the compiler, the reason why not. */
  readonly fallback?: 'The pivot has no fallback: two ways of taking a decision may both take effect.'
  /** Never there: to the compiler, the reason why not. */
  readonly compensation?: 'The pivot is not undone: once it succeeded, the saga only goes forward.'
}

/** A step after the pivot: tried until it succeeds. */
export interface RetriableStepOptions<
  Input,
  Results,
  Returned,
  Schema extends StandardSchemaV1,
  Place = unknown,
  Transactional extends boolean = false,
>
  extends
    StepBasics<Input, Results, Returned, Schema, Place, Transactional>,
    FallingBack<Input, Results, Returned, Schema, Place, Transactional> {
  /** Never there: to the compiler, the reason why not. */
  readonly compensation?: 'A step after the pivot is not undone: it is tried until it succeeds.'
}

/** How a compensation is tried. */
export interface CompensationOptions<Transactional extends boolean = boolean> {
  readonly retry?: RetryOptions
  /** How long one attempt may take. Default `30s`. */
  readonly timeout?: Duration
  /** Gives the compensation a `transaction` of the saga database, committed together with its success. Default false. */
  readonly transactional?: Transactional
}

/** How a probe is asked. */
export interface ProbeOptions {
  /** Default: three attempts. */
  readonly retry?: RetryOptions
  /** How long one attempt may take. Default `30s`. */
  readonly timeout?: Duration
}
