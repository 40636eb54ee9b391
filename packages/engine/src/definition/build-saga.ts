import type { StandardSchemaV1 } from '@standard-schema/spec'

import { BackstepError } from '../core/backstep-error.ts'
import type { JsonValue } from '../core/json.ts'
import type { Plan } from '../core/plan.ts'
import { checkName } from './check-name.ts'
import { checkSchema } from './check-schema.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { fingerprint } from './fingerprint.ts'
import type { SettledDefaults } from './read-defaults.ts'
import { isCallback, type Callback } from './read-options.ts'
import { readStep, type DeclaredStep } from './read-step.ts'
import type { SagaBuilder } from './saga-builder.ts'
import type { RegisteredSaga } from './saga-definition.ts'
import { sagaBrand } from './validate-definition.ts'

/** Everything that has been said about a saga so far. */
export interface SagaDraft {
  readonly name: string
  readonly version: number
  /** Names the saga in messages. */
  readonly where: string
  readonly input: StandardSchemaV1
  readonly inputJsonSchema: JsonValue
  readonly defaults: SettledDefaults
  readonly steps: readonly DeclaredStep[]
  /** Null while it has not been said; then no step can follow. */
  readonly output: Callback | null
}

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
interface RuntimeBuilder extends RegisteredSaga {
  readonly step: (name: unknown, options: unknown) => RuntimeBuilder
  readonly pivot: (name: unknown, options: unknown) => RuntimeBuilder
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
    validateInput: async (given: unknown) => await validateInput(draft, given),
    computeOutput: async (context: unknown) => (await draft.output?.(context)) ?? null,
    step: (stepName: unknown, options: unknown) =>
      runtimeBuilder(withStep(draft, 'step', { name: stepName, options })),
    pivot: (stepName: unknown, options: unknown) =>
      runtimeBuilder(withStep(draft, 'pivot', { name: stepName, options })),
    output: (compute: unknown) => runtimeBuilder(withOutput(draft, compute)),
  })
}

/** The serialisable part of a definition. */
function toPlan({ name, version, inputJsonSchema, steps }: SagaDraft): Plan {
  return Object.freeze({
    name,
    version,
    inputSchema: inputJsonSchema,
    nodes: Object.freeze(steps.map(({ node }) => node)),
  })
}

const maximumSteps = 1_000

function withStep(
  draft: SagaDraft,
  kind: 'step' | 'pivot',
  given: { readonly name: unknown; readonly options: unknown },
): SagaDraft {
  const { where, steps, defaults } = draft
  const name = checkName(given.name, `the name of a ${kind}`, where)
  refuseMore(draft, name)
  const pivot = steps.find(({ node }) => node.role === 'pivot')?.node.name
  if (kind === 'pivot' && pivot !== undefined) {
    throw definitionInvalid(
      where,
      `"${name}" is a second pivot, after "${pivot}"; only one step can be the one that decides: make this a step`,
    )
  }
  const before = pivot === undefined ? 'compensatable' : 'retriable'
  const role = kind === 'pivot' ? 'pivot' : before
  const heading = { name, role, where: `${where}, ${kind} "${name}"`, defaults } as const
  return { ...draft, steps: [...steps, readStep(heading, given.options)] }
}

function refuseMore({ where, steps, output }: SagaDraft, name: string): void {
  if (output !== null) {
    throw definitionInvalid(where, `"${name}" comes after output; call output last`)
  }
  if (steps.some(({ node }) => node.name === name)) {
    throw definitionInvalid(where, `there is a step named "${name}" already; choose another name`)
  }
  if (steps.length === maximumSteps) {
    throw definitionInvalid(
      where,
      `"${name}" is step ${maximumSteps + 1}, and there may be ${maximumSteps}; do more in one step`,
    )
  }
}

function withOutput(draft: SagaDraft, compute: unknown): SagaDraft {
  const { where, steps, output } = draft
  if (!isCallback(compute)) {
    throw definitionInvalid(where, `output is ${printValue(compute)}; pass a function`)
  }
  if (output !== null) throw definitionInvalid(where, 'output is said twice; remove one')
  if (steps.length === 0)
    throw definitionInvalid(where, 'output is said before there is a step; add steps first')
  return { ...draft, output: compute }
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
