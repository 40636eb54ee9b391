import type { StandardSchemaV1 } from '@standard-schema/spec'

import type { Duration } from '../core/duration.ts'
import type { SiblingPolicy } from '../core/plan.ts'
import type { SavepointOptions } from './add-savepoint.ts'
import type { BranchesBuilder } from './branches-builder.ts'
import type { ItemResults, List, PerhapsResults, Predicate } from './builder-results.ts'
import type { ForEachOptions, ForkOptions, Unguarded } from './fork-options.ts'
import type { ItemContext, OutputContext } from './handler-context.ts'
import type { SagaBuilderAfterPivot } from './saga-builder-after-pivot.ts'
import type { SagaDefinition } from './saga-definition.ts'
import type { UndoableStepOptions, PivotOptions, StepWithoutUndoOptions } from './step-options.ts'
import type { Filled, StepsBuilder } from './steps-builder.ts'
import type { MaybePromise, NoSchema, Storable, Stored, StepOutput } from './stored-output.ts'
import type { Known, UnusedForkName, UnusedName } from './unused-name.ts'
import type { BranchingWaitOptions, PatientWaitOptions, WaitOptions } from './wait-options.ts'

/**
 * A saga definition to which steps are added; each method returns a new one and leaves this one as it is. It can be used
 * as it stands: without `output`, a saga's output is null.
 *
 * Results grow as an intersection that has no name of its own: it stays flat, where a named or mapped type would be too deep
 * for the compiler after some ninety steps.
 *
 * @typeParam Given what `start` takes: the input type of the schema
 * @typeParam Input what handlers see: its output type
 * @typeParam Taken names that are taken without being in the results
 */
export interface SagaBuilder<Given, Input, Results, Taken = never> extends SagaDefinition<
  Given,
  null
> {
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
    Transactional extends boolean = false,
    UndoTransactional extends boolean = false,
  >(
    name: UnusedName<Name, Results, Taken>,
    options:
      | UndoableStepOptions<
          Input,
          Results,
          Returned,
          Schema,
          unknown,
          Transactional,
          UndoTransactional
        >
      | StepWithoutUndoOptions<Input, Results, Returned, Schema, unknown, Transactional>,
  ): SagaBuilder<
    Given,
    Input,
    Results & { readonly [Key in Name]: StepOutput<Returned, Schema> },
    Taken
  >

  /**
   * Adds the step after which there is no way back. It has no compensation; a saga has at most one.
   *
   * @throws BackstepError `DEFINITION_INVALID`
   */
  pivot<
    const Name extends string,
    Returned,
    Schema extends StandardSchemaV1 = NoSchema,
    Transactional extends boolean = false,
  >(
    name: UnusedName<Name, Results, Taken>,
    options: PivotOptions<Input, Results, Returned, Schema, unknown, Transactional>,
  ): SagaBuilderAfterPivot<
    Given,
    Input,
    Results & { readonly [Key in Name]: StepOutput<Returned, Schema> },
    Taken
  >

  /**
   * Adds branches that go side by side. The saga goes on when all have come to their end; their outputs are then in
   * `results` like any others.
   *
   * @param name unique in the saga, without a slash
   * @throws BackstepError `DEFINITION_INVALID`
   */
  parallel<const Name extends string, Added, Siblings extends SiblingPolicy = 'drain'>(
    name: UnusedForkName<Name, Results, Taken>,
    build: (
      branches: BranchesBuilder<Input, Results, Taken | Known<Name>>,
    ) => Filled<Added, Unguarded<Siblings>>,
    options?: ForkOptions<Siblings>,
  ): SagaBuilder<Given, Input, Results & Added, Taken | Known<Name>>

  /**
   * Adds steps that are done for each item of a list, a few items at a time. In `results` there is then a list under its
   * name, with the outputs for each item.
   *
   * @param name unique in the saga, without a slash
   * @param list called once, when the saga comes here; what it gives is stored. At most 10,000 items
   * @throws BackstepError `DEFINITION_INVALID`
   */
  forEach<const Name extends string, Item, Added, Siblings extends SiblingPolicy = 'drain'>(
    name: UnusedForkName<Name, Results, Taken>,
    list: List<Input, Results, Item>,
    build: (
      each: StepsBuilder<Input, Results, Taken | Known<Name>, ItemContext<Stored<Item>>>,
    ) => Filled<Added, Unguarded<Siblings>>,
    options?: ForEachOptions<Siblings>,
  ): SagaBuilder<
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
    build: (then: StepsBuilder<Input, Results, Taken | Known<Name>, unknown>) => Filled<Added>,
  ): SagaBuilder<Given, Input, Results & PerhapsResults<Added>, Taken | Known<Name>>

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
  ): SagaBuilder<Given, Input, Results, Taken | Known<Name>>
  sleep(duration: Duration): SagaBuilder<Given, Input, Results, Taken>

  /**
   * Marks a place to which the saga goes back when a step behind it fails, to go on from there again under new idempotency
   * keys. Once its rounds are spent, the saga goes back further; a cancel always goes all the way back.
   * @param name unique in the saga
   * @throws BackstepError `DEFINITION_INVALID`
   */
  savepoint<const Name extends string>(
    name: UnusedName<Name, Results, Taken>,
    options: SavepointOptions,
  ): SagaBuilder<Given, Input, Results, Taken | Known<Name>>

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
      (inVain: StepsBuilder<Input, Results, Taken | Known<Name>, unknown>) => Filled<Added>
    >,
  ): SagaBuilder<
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
  ): SagaBuilder<
    Given,
    Input,
    Results & { readonly [Key in Name]?: StandardSchemaV1.InferOutput<Schema> },
    Taken
  >
  waitFor<const Name extends string, Schema extends StandardSchemaV1>(
    name: UnusedName<Name, Results, Taken>,
    options: WaitOptions<Schema>,
  ): SagaBuilder<
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
