import type { WaitNode } from '../core/plan.ts'
import { buildSteps, type StepsPlace } from './build-steps.ts'
import { checkName } from './check-name.ts'
import type { DeclaredSteps } from './declare-step.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { withName } from './node-names.ts'
import { isCallback, readDuration, readOptions, readSchema, type Options } from './read-options.ts'
import { placeOf, type SagaDraft } from './saga-draft.ts'

/** What was passed to `waitFor`. */
export interface GivenWait {
  readonly name: unknown
  readonly options: unknown
}

/**
 * The draft with a wait for a signal, and with the steps that a saga takes that waited in vain.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function withWait(draft: SagaDraft, given: GivenWait): SagaDraft {
  const above = placeOf(draft, given.name)
  const name = checkName(given.name, 'the name of a waitFor', above.where)
  const place = { ...above, where: `${above.where}, waitFor "${name}"` }
  const names = withName(draft.names, { name, kind: 'waitFor', perItem: false }, above.where)
  const options = readOptions(given.options, ['schema', 'timeout', 'onTimeout'], place.where)
  const schema = readSchema(options, 'schema')
  if (schema === undefined) {
    throw definitionInvalid(
      place.where,
      'schema is missing; pass a Standard Schema of what the signal brings, such as z.object({ … })',
    )
  }
  const timeoutMs = readDuration(options, 'timeout') ?? null
  const { onTimeout, built } = readOnTimeout(place, names, { options, timeoutMs })
  const node: WaitNode = Object.freeze({
    type: 'wait',
    name,
    payloadSchema: jsonSchemaOf(schema, 'input'),
    timeoutMs,
    onTimeout,
    size: built.steps.length,
  })
  return {
    ...draft,
    names: built.names,
    nodes: [...draft.nodes, node, ...built.steps.map(({ node: step }) => Object.freeze(step))],
    steps: [...draft.steps, ...built.steps],
    signals: [...draft.signals, [name, schema]],
  }
}

interface InVain {
  readonly onTimeout: WaitNode['onTimeout']
  readonly built: DeclaredSteps
}

function readOnTimeout(
  place: StepsPlace,
  names: DeclaredSteps['names'],
  { options, timeoutMs }: { readonly options: Options; readonly timeoutMs: number | null },
): InVain {
  const { where, role } = place
  const given = options.values['onTimeout']
  const nothing: DeclaredSteps = { steps: [], names }
  if (given !== undefined && timeoutMs === null) {
    throw definitionInvalid(where, 'onTimeout is said and timeout is not; say both, or neither')
  }
  if (isCallback(given)) return { onTimeout: 'continue', built: buildSteps(place, names, given) }
  if (given === 'continue') return { onTimeout: 'continue', built: nothing }
  if (given !== undefined && given !== 'compensate') {
    throw definitionInvalid(
      where,
      `onTimeout is ${printValue(given)}; it is "compensate", "continue", or a function that adds steps`,
    )
  }
  if (role === 'retriable' && timeoutMs !== null) {
    throw definitionInvalid(
      where,
      'behind the pivot nothing turns the saga back; say onTimeout: "continue", or a function that adds steps',
    )
  }
  return { onTimeout: 'compensate', built: nothing }
}
