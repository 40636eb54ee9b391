import type { StandardSchemaV1 } from '@standard-schema/spec'

import type { OutputContext } from './handler-context.ts'
import type { SagaDefinition } from './saga-definition.ts'
import type {
  UndoableStepOptions,
  PivotOptions,
  RetriableStepOptions,
  StepWithoutUndoOptions,
} from './step-options.ts'
import type { MaybePromise, NoSchema, Storable, Stored, StepOutput } from './stored-output.ts'

/** The results before the first step. */
export type NoResults = { readonly [Name in never]: never }

/** A repeated name turns into the message of its own compile error. A name known only at run time is checked there. */
export type UnusedName<Name extends string, Results> = string extends Name
  ? Name
  : Name extends keyof Results
    ? `There is a step named "${Name}" already: choose another name.`
    : Name

/**
 * A saga definition to which steps are added; each method returns a new one and leaves this one as it is. It can be used
 * as it stands: without `output`, a saga's output is null.
 *
 * Results grow as an intersection that has no name of its own: it stays flat, where a named or mapped type would be too deep
 * for the compiler after some ninety steps.
 *
 * @typeParam Given what `start` takes: the input type of the schema
 * @typeParam Input what handlers see: its output type
 */
export interface SagaBuilder<Given, Input, Results> extends SagaDefinition<Given, null> {
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
    name: UnusedName<Name, Results>,
    options:
      | UndoableStepOptions<Input, Results, Returned, Schema, Transactional, UndoTransactional>
      | StepWithoutUndoOptions<Input, Results, Returned, Schema, Transactional>,
  ): SagaBuilder<Given, Input, Results & { readonly [Key in Name]: StepOutput<Returned, Schema> }>

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
    name: UnusedName<Name, Results>,
    options: PivotOptions<Input, Results, Returned, Schema, Transactional>,
  ): SagaBuilderAfterPivot<
    Given,
    Input,
    Results & { readonly [Key in Name]: StepOutput<Returned, Schema> }
  >

  /** Says what a completed saga's output is. Ends the definition. */
  output<Returned>(
    compute: (
      context: OutputContext<Input, Results>,
    ) => MaybePromise<Returned & Storable<Returned>>,
  ): SagaDefinition<Given, Stored<Returned>>
}

/** The builder behind the pivot: steps are tried until they succeed, and there is no second pivot. */
export interface SagaBuilderAfterPivot<Given, Input, Results> extends SagaDefinition<Given, null> {
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
    name: UnusedName<Name, Results>,
    options: RetriableStepOptions<Input, Results, Returned, Schema, Transactional>,
  ): SagaBuilderAfterPivot<
    Given,
    Input,
    Results & { readonly [Key in Name]: StepOutput<Returned, Schema> }
  >

  /** Not to be called: to the compiler, the reason why not. */
  pivot(
    name: 'A saga has one pivot, and this one has it already: make it a step.',
    options?: unknown,
  ): unknown

  /** Says what a completed saga's output is. Ends the definition. */
  output<Returned>(
    compute: (
      context: OutputContext<Input, Results>,
    ) => MaybePromise<Returned & Storable<Returned>>,
  ): SagaDefinition<Given, Stored<Returned>>
}
