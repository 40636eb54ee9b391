import type { StandardSchemaV1 } from '@standard-schema/spec'

import type {
  RetriableStepOptions,
  StepWithoutUndoOptions,
  UndoableStepOptions,
} from './step-options.ts'
import type { NoSchema, StepOutput } from './stored-output.ts'
import type { UnusedName } from './unused-name.ts'

/** What the function that fills a fork must return: a builder, and by its types what was added with it. */
export type Filled<Added, Unguarded = unknown> = Carrier<Added, Unguarded, true>

/** What a builder carries in its types. Nothing of it is ever there at run time. */
export interface Carrier<Added, Unguarded, IsFilled> {
  /** The outputs of the steps that were added. */
  readonly '~added'?: Added
  /** The names of those that have a compensation and no barrier. */
  readonly '~unguarded'?: () => Unguarded
  readonly '~filled'?: IsFilled
}

/** True; the message of the compile error where nothing was added, which is what `unknown` stands for. */
export type AtLeastOne<Added, Message> = unknown extends Added ? Message : true

type StepMissing = 'There is no step in it: call step, and return what it returns.'

/** To the compiler, the reason why there is no fork, no choice, no save-point and no pivot where there are steps only. */
interface OnlySteps {
  /** Not to be called. */
  pivot(name: 'The pivot is a step of the saga itself: call it there.', options?: unknown): this
  /** Not to be called. */
  parallel(name: 'There are only steps in it: call parallel on the saga.', ...rest: Rest): this
  /** Not to be called. */
  forEach(name: 'There are only steps in it: call forEach on the saga.', ...rest: Rest): this
  /** Not to be called. */
  when(name: 'There are only steps in it: call when on the saga.', ...rest: Rest): this
  /** Not to be called. */
  sleep(name: 'There are only steps in it: call sleep on the saga.', ...rest: Rest): this
  /** Not to be called. */
  waitFor(name: 'There are only steps in it: call waitFor on the saga.', ...rest: Rest): this
  /** Not to be called. */
  savepoint(name: 'There are only steps in it: call savepoint on the saga.', ...rest: Rest): this
}

type Rest = readonly unknown[]

/** What tells whether a step may be undone while its action still runs. */
interface Guard<Barrier, Reason> {
  readonly barrier?: Barrier
  readonly reason?: Reason
}

type UnguardedName<Name, Barrier, Reason> = Reason extends ''
  ? Barrier extends true
    ? never
    : Name
  : never

/**
 * Adds steps to a branch, a forEach or a when before the pivot; each call returns a new builder.
 *
 * @typeParam Results the outputs of the steps before, and of those added here so far
 * @typeParam Place what handlers get because of where they are
 * @typeParam Added the outputs of those added here alone
 */
export interface StepsBuilder<Input, Results, Taken, Place, Added = unknown, Unguarded = never>
  extends OnlySteps, Carrier<Added, Unguarded, AtLeastOne<Added, StepMissing>> {
  /**
   * Adds a step that can be undone, or need not be: it states how, or why.
   *
   * @param name unique in the saga; part of the plan, so that another name is another version
   * @throws BackstepError `DEFINITION_INVALID`
   */
  step<
    const Name extends string,
    Returned,
    Schema extends StandardSchemaV1 = NoSchema,
    Barrier extends boolean = false,
    Reason extends string = '',
    Transactional extends boolean = false,
    UndoTransactional extends boolean = false,
  >(
    name: UnusedName<Name, Results, Taken>,
    options: (
      | UndoableStepOptions<
          Input,
          Results,
          Returned,
          Schema,
          Place,
          Transactional,
          UndoTransactional
        >
      | StepWithoutUndoOptions<Input, Results, Returned, Schema, Place, Transactional>
    ) &
      Guard<Barrier, Reason>,
  ): StepsBuilder<
    Input,
    Results & { readonly [Key in Name]: StepOutput<Returned, Schema> },
    Taken,
    Place,
    Added & { readonly [Key in Name]: StepOutput<Returned, Schema> },
    Unguarded | UnguardedName<Name, Barrier, Reason>
  >
}

/** The same after the pivot: steps are tried until they succeed. */
export interface StepsBuilderAfterPivot<Input, Results, Taken, Place, Added = unknown>
  extends OnlySteps, Carrier<Added, never, AtLeastOne<Added, StepMissing>> {
  /**
   * Adds a step that is tried until it succeeds. Nothing undoes it.
   *
   * @throws BackstepError `DEFINITION_INVALID`
   */
  step<
    const Name extends string,
    Returned,
    Schema extends StandardSchemaV1 = NoSchema,
    Transactional extends boolean = false,
  >(
    name: UnusedName<Name, Results, Taken>,
    options: RetriableStepOptions<Input, Results, Returned, Schema, Place, Transactional>,
  ): StepsBuilderAfterPivot<
    Input,
    Results & { readonly [Key in Name]: StepOutput<Returned, Schema> },
    Taken,
    Place,
    Added & { readonly [Key in Name]: StepOutput<Returned, Schema> }
  >
}
