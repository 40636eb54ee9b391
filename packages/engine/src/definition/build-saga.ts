import { BackstepError } from '../core/backstep-error.ts'
import type { Plan } from '../core/plan.ts'
import { withChoice, withForEach, withParallel } from './add-fork.ts'
import { withSleep } from './add-sleep.ts'
import { withWait } from './add-wait.ts'
import { withSavepoint } from './add-savepoint.ts'
import { checkSchema } from './check-schema.ts'
import { fingerprint } from './fingerprint.ts'
import type { SagaBuilder } from './saga-builder.ts'
import type { RegisteredSaga } from './saga-definition.ts'
import { withOutput, withPivot, withStep, type SagaDraft } from './saga-draft.ts'
import { sagaBrand } from './validate-definition.ts'

/**
 * The builder for a draft. At run time there is one kind of it: what the types of the builders forbid, its methods refuse.
 * This is the one place where the types of payloads come from nothing but a promise: the builder's interface makes it, and
 * it holds because a handler only sees values that the saga's own schemas and handlers have made.
 */
export function buildSaga<Given, Input, Results>(
  draft: SagaDraft,
): SagaBuilder<Given, Input, Results> {
  return runtimeBuilder(draft)
}

/** The builder without types: what a caller in JavaScript has. */
interface RuntimeBuilder extends RegisteredSaga, Methods {}

interface Methods {
  readonly step: (name: unknown, options: unknown) => RuntimeBuilder
  readonly pivot: (name: unknown, options: unknown) => RuntimeBuilder
  readonly parallel: (name: unknown, build: unknown, options?: unknown) => RuntimeBuilder
  readonly forEach: (
    name: unknown,
    list: unknown,
    build: unknown,
    options?: unknown,
  ) => RuntimeBuilder
  readonly when: (name: unknown, predicate: unknown, build: unknown) => RuntimeBuilder
  readonly sleep: (...given: readonly unknown[]) => RuntimeBuilder
  readonly waitFor: (name: unknown, options: unknown) => RuntimeBuilder
  readonly savepoint: (name: unknown, options: unknown) => RuntimeBuilder
  readonly output: (compute: unknown) => RuntimeBuilder
}

function runtimeBuilder(draft: SagaDraft): RuntimeBuilder {
  const { name, version } = draft
  const plan = toPlan(draft)
  let hash: string | undefined
  return Object.freeze({
    [sagaBrand]: true,
    name,
    version,
    plan,
    get fingerprint(): string {
      // A chain of a thousand steps would hash a thousand plans that nobody asks for.
      hash ??= fingerprint(plan)
      return hash
    },
    handlers: new Map(draft.steps.map(({ node, handlers }) => [node.name, handlers])),
    lists: new Map(draft.lists),
    predicates: new Map(draft.predicates),
    signals: new Map(draft.signals),
    validateInput: async (given: unknown) => await validateInput(draft, given),
    computeOutput: async (context: unknown) => (await draft.output?.(context)) ?? null,
    ...methodsOf(draft),
  })
}

function methodsOf(draft: SagaDraft): Methods {
  return {
    step: (name, options) => runtimeBuilder(withStep(draft, { name, options })),
    pivot: (name, options) => runtimeBuilder(withPivot(draft, { name, options })),
    parallel: (name, build, options) =>
      runtimeBuilder(withParallel(draft, { name, build, options })),
    forEach: (name, list, build, options) =>
      runtimeBuilder(withForEach(draft, { name, list, build, options })),
    when: (name, predicate, build) => runtimeBuilder(withChoice(draft, { name, predicate, build })),
    waitFor: (name, options) => runtimeBuilder(withWait(draft, { name, options })),
    sleep: (...given) => runtimeBuilder(withSleep(draft, given)),
    savepoint: (name, options) => runtimeBuilder(withSavepoint(draft, { name, options })),
    output: (compute) => runtimeBuilder(withOutput(draft, compute)),
  }
}

/** The serialisable part of a definition. */
function toPlan({ name, version, inputJsonSchema, deadlineMs, nodes }: SagaDraft): Plan {
  return Object.freeze({
    name,
    version,
    inputSchema: inputJsonSchema,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    nodes: Object.freeze([...nodes]),
  })
}

async function validateInput({ where, input }: SagaDraft, given: unknown): Promise<unknown> {
  const check = await checkSchema(input, given)
  if (check.valid) return check.value
  throw new BackstepError(
    'INPUT_INVALID',
    `${where} was given an input that its schema refuses: ${check.problem}. Mend what is passed to start.`,
    { cause: check.issues },
  )
}
