import type { StandardSchemaV1 } from '@standard-schema/spec'

import type { Plan } from '../core/plan.ts'
import type {
  ActionContext,
  CompensationContext,
  DecisionContext,
  ItemContext,
  OutputContext,
  ProbeContext,
} from './handler-context.ts'

/**
 * A saga definition as its users know it: what it takes and what it gives. Everything in between is between its steps.
 *
 * @typeParam Input what `start` takes
 * @typeParam Output what a completed saga gives
 */
export interface SagaDefinition<Input, Output> extends RegisteredSaga {
  /** Carries the types; never there at run time. */
  readonly '~types'?: { readonly input: Input; readonly output: Output }
}

/**
 * A saga definition as the engine runs it, without the types of its payloads: every definition is one of these. Between
 * the two, types are kept by the builder and values by schemas and the journal.
 */
export interface RegisteredSaga {
  readonly name: string
  readonly version: number
  /** What is stored, and what decides. */
  readonly plan: Plan
  /** Tells this plan from any other: SHA-256 of its canonical JSON, in hexadecimal. */
  readonly fingerprint: string
  /** One entry for each step of the plan, those of forks among them, by step name: all items of a forEach share it. */
  readonly handlers: ReadonlyMap<string, StepHandlers>
  /** What computes the list of a forEach, by its name. */
  readonly lists: ReadonlyMap<string, Decide>
  /** What computes the condition of a when, by its name. */
  readonly predicates: ReadonlyMap<string, Decide>
  /** Checks what a signal brings, by the name of its wait. */
  readonly signals: ReadonlyMap<string, StandardSchemaV1>
  /**
   * Checks what is given to `start`, and returns what the schema made of it: that is what is stored.
   *
   * @throws BackstepError `INPUT_INVALID`, naming each issue by its path; `cause` has the schema's own issues
   */
  readonly validateInput: (given: unknown) => Promise<unknown>
  /** Computes a completed saga's output; null when the definition has none. Rejects with what the application throws. */
  readonly computeOutput: (context: OutputContext<unknown, AnyResults>) => Promise<unknown>
}

/** Computes what the journal then says for good. Rejects with what the application throws; what it gives is not checked. */
export type Decide = (context: DecisionContext<unknown, AnyResults>) => Promise<unknown>

/** Outputs of steps, by step name. */
export type AnyResults = Readonly<Record<string, unknown>>

/** A step's handlers. They always return a promise, whatever the application wrote. */
export interface StepHandlers {
  readonly action: (
    context: ActionContext<unknown, AnyResults> & Partial<ItemContext<unknown>>,
  ) => Promise<unknown>
  /** There exactly when the plan says that the step has one. What it returns is the action's output. */
  readonly fallback?: (
    context: ActionContext<unknown, AnyResults> & Partial<ItemContext<unknown>>,
  ) => Promise<unknown>
  /** There exactly when the plan says that the step has one. What it returns is checked when it has. */
  readonly probe?: (
    context: ProbeContext<unknown, AnyResults> & Partial<ItemContext<unknown>>,
  ) => Promise<unknown>
  /** There exactly when the plan says that the step has one. */
  readonly compensation?: (
    context: CompensationContext<unknown, AnyResults, unknown> & Partial<ItemContext<unknown>>,
  ) => Promise<unknown>
  /** Checks the action's output with `checkSchema`; what it makes of it is stored. */
  readonly outputSchema?: StandardSchemaV1
}

/** What `start` takes for a definition. */
export type InputOf<Definition extends SagaDefinition<unknown, unknown>> = NonNullable<
  Definition['~types']
>['input']

/** What a completed saga of a definition gives. */
export type OutputOf<Definition extends SagaDefinition<unknown, unknown>> = NonNullable<
  Definition['~types']
>['output']
