import type { StandardSchemaV1 } from '@standard-schema/spec'

import type { Duration } from '../core/duration.ts'
import type { BranchesBuilderAfterPivot } from './branches-builder.ts'
import type { ItemResults, List, PerhapsResults, Predicate } from './builder-results.ts'
import type { RetriableForEachOptions, RetriableForkOptions } from './fork-options.ts'
import type { ItemContext, OutputContext } from './handler-context.ts'
import type { SagaDefinition } from './saga-definition.ts'
import type { RetriableStepOptions } from './step-options.ts'
import type { Filled, StepsBuilderAfterPivot } from './steps-builder.ts'
import type { MaybePromise, NoSchema, Storable, Stored, StepOutput } from './stored-output.ts'
import type { Known, UnusedForkName, UnusedName } from './unused-name.ts'
import type {
  BranchingWaitOptions,
  EndlessWaitOptions,
  PatientWaitOptions,
} from './wait-options.ts'

/** The builder behind the pivot: steps are tried until they succeed, and there is no second pivot. */
export interface SagaBuilderAfterPivot<Given, Input, Results, Taken> extends SagaDefinition<
  Given,
  null
> {
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
    options: RetriableStepOptions<Input, Results, Returned, Schema, unknown, Transactional>,
  ): SagaBuilderAfterPivot<
    Given,
    Input,
    Results & { readonly [Key in Name]: StepOutput<Returned, Schema> },
    Taken
  >

  /** Not to be called: to the compiler, the reason why not. */
  pivot(
    name: 'A saga has one pivot, and this one has it already: make it a step.',
    options?: unknown,
  ): unknown

  /** Not to be called: to the compiler, the reason why not. */
  savepoint(
    name: 'Behind the pivot nothing goes back: put the save-point before it.',
    options?: unknown,
  ): unknown

  /**
   * Adds branches that go side by side. The saga goes on when all have come to their end; their outputs are then in
   * `results` like any others.
   *
   * @param name unique in the saga, without a slash
   * @throws BackstepError `DEFINITION_INVALID`
   */
  parallel<const Name extends string, Added>(
    name: UnusedForkName<Name, Results, Taken>,
    build: (
      branches: BranchesBuilderAfterPivot<Input, Results, Taken | Known<Name>>,
    ) => Filled<Added>,
    options?: RetriableForkOptions,
  ): SagaBuilderAfterPivot<Given, Input, Results & Added, Taken | Known<Name>>

  /**
   * Adds steps that are done for each item of a list, a few items at a time. In `results` there is then a list under its
   * name, with the outputs for each item.
   *
   * @param name unique in the saga, without a slash
   * @param list called once, when the saga comes here; what it gives is stored. At most 10,000 items
   * @throws BackstepError `DEFINITION_INVALID`
   */
  forEach<const Name extends string, Item, Added>(
    name: UnusedForkName<Name, Results, Taken>,
    list: List<Input, Results, Item>,
    build: (
      each: StepsBuilderAfterPivot<Input, Results, Taken | Known<Name>, ItemContext<Stored<Item>>>,
    ) => Filled<Added>,
    options?: RetriableForEachOptions,
  ): SagaBuilderAfterPivot<
    Given,
    Input,
    Results & { readonly [Key in Name]: ItemResults<Added> },
    Taken | Known<Name> | keyof Added
  >

  /**
   * Adds steps that are taken or skipped, all of them. What has been skipped is missing in `results`.
   *
   * @param name unique in the saga
   * @param predicate called once, when the saga comes here; what it says is stored
   * @throws BackstepError `DEFINITION_INVALID`
   */
  when<const Name extends string, Added>(
    name: UnusedName<Name, Results, Taken>,
    predicate: Predicate<Input, Results>,
    build: (
      then: StepsBuilderAfterPivot<Input, Results, Taken | Known<Name>, unknown>,
    ) => Filled<Added>,
  ): SagaBuilderAfterPivot<Given, Input, Results & PerhapsResults<Added>, Taken | Known<Name>>

  /**
   * Does nothing for a while. The time runs in the database, through restarts and deploys; a saga that sleeps costs nothing but
   * its rows. A cancel or the deadline ends it.
   *
   * @param name unique in the saga. Left out, it is `sleep`, `sleep-2` and so on
   * @throws BackstepError `DEFINITION_INVALID`
   */
  sleep<const Name extends string>(
    name: UnusedName<Name, Results, Taken>,
    duration: Duration,
  ): SagaBuilderAfterPivot<Given, Input, Results, Taken | Known<Name>>
  sleep(duration: Duration): SagaBuilderAfterPivot<Given, Input, Results, Taken>

  /**
   * Waits for a signal, which `Backstep.signal` sends; one that came before is waiting itself. What it brings is in `results`
   * under the name of the wait. The time of a wait runs in the database; a saga that waits costs nothing but its rows.
   *
   * @param name unique in the saga; that of the signal
   * @throws BackstepError `DEFINITION_INVALID`
   */
  waitFor<const Name extends string, Schema extends StandardSchemaV1, Added>(
    name: UnusedName<Name, Results, Taken>,
    options: BranchingWaitOptions<
      Schema,
      (
        inVain: StepsBuilderAfterPivot<Input, Results, Taken | Known<Name>, unknown>,
      ) => Filled<Added>
    >,
  ): SagaBuilderAfterPivot<
    Given,
    Input,
    Results & {
      readonly [Key in Name]?: StandardSchemaV1.InferOutput<Schema>
    } & PerhapsResults<Added>,
    Taken
  >
  waitFor<const Name extends string, Schema extends StandardSchemaV1>(
    name: UnusedName<Name, Results, Taken>,
    options: PatientWaitOptions<Schema>,
  ): SagaBuilderAfterPivot<
    Given,
    Input,
    Results & { readonly [Key in Name]?: StandardSchemaV1.InferOutput<Schema> },
    Taken
  >
  waitFor<const Name extends string, Schema extends StandardSchemaV1>(
    name: UnusedName<Name, Results, Taken>,
    options: EndlessWaitOptions<Schema>,
  ): SagaBuilderAfterPivot<
    Given,
    Input,
    Results & { readonly [Key in Name]: StandardSchemaV1.InferOutput<Schema> },
    Taken
  >

  /** Says what a completed saga's output is. Ends the definition. */
  output<Returned>(
    compute: (
      context: OutputContext<Input, Results>,
    ) => MaybePromise<Returned & Storable<Returned>>,
  ): SagaDefinition<Given, Stored<Returned>>
}
