import type { StandardSchemaV1 } from '@standard-schema/spec'

import type { Duration } from '../core/duration.ts'
import { buildSaga } from './build-saga.ts'
import { checkName } from './check-name.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { readDefaults } from './read-defaults.ts'
import { readDuration, readOptions, readSchema, type Options } from './read-options.ts'
import type { NoResults } from './builder-results.ts'
import type { SagaBuilder } from './saga-builder.ts'
import type { StepDefaults } from './step-options.ts'

/** What a saga is, before its steps. */
export interface SagaOptions<Schema extends StandardSchemaV1> {
  /** Names the definition for ever: 1 to 255 bytes. */
  readonly name: string
  /** From 1. Another plan is another version; sagas that run stay on the one that they began with. */
  readonly version: number
  /** Any Standard Schema. `start` takes its input type, handlers see its output type, which must be JSON. */
  readonly input: Schema
  /**
   * How long after its start a saga may take to its pivot: else it turns back, with a failure of the kind `deadline`. A saga that
   * is past its pivot goes on; then its journal, the log and a metric tell. Default: no bound.
   */
  readonly deadline?: Duration
  /** What all steps have unless they say otherwise. */
  readonly defaults?: StepDefaults
}

/**
 * Begins the definition of a saga: steps that each take effect somewhere, and how they are undone. Everything that the
 * types refuse is refused at run time as well, by the call that brings it in.
 *
 * @throws BackstepError `DEFINITION_INVALID`, naming the saga, the step, the value and the next move
 */
export function defineSaga<Schema extends StandardSchemaV1>(
  options: SagaOptions<Schema>,
): SagaBuilder<
  StandardSchemaV1.InferInput<Schema>,
  StandardSchemaV1.InferOutput<Schema>,
  NoResults
> {
  const known = ['name', 'version', 'input', 'deadline', 'defaults']
  const given = readOptions(options, known, 'defineSaga')
  const name = checkName(given.values['name'], 'name', 'defineSaga')
  const version = readVersion({ ...given, where: `Saga "${name}"` })
  const where = `Saga "${name}" version ${version}`
  const input = readSchema({ ...given, where }, 'input')
  if (input === undefined) {
    throw definitionInvalid(
      where,
      'input is missing; pass a Standard Schema, such as z.object({ … })',
    )
  }
  return buildSaga({
    name,
    version,
    where,
    input,
    inputJsonSchema: jsonSchemaOf(input, 'input'),
    defaults: readDefaults(given.values['defaults'], where),
    deadlineMs: readDuration({ ...given, where }, 'deadline'),
    nodes: [],
    steps: [],
    names: [],
    lists: [],
    predicates: [],
    signals: [],
    output: null,
  })
}

/** The largest number that the database keeps for a version. */
const largestVersion = 2_147_483_647

function readVersion({ values, where }: Options): number {
  const { version } = values
  if (
    typeof version === 'number' &&
    Number.isInteger(version) &&
    version >= 1 &&
    version <= largestVersion
  ) {
    return version
  }
  throw definitionInvalid(
    where,
    `version is ${printValue(version)}; it must be a whole number from 1`,
  )
}
