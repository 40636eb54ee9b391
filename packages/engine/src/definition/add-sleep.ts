import { checkName } from './check-name.ts'
import { definitionInvalid } from './definition-invalid.ts'
import { withName } from './node-names.ts'
import { readDuration } from './read-options.ts'
import { placeOf, type SagaDraft } from './saga-draft.ts'

/**
 * The draft with a sleep. With one argument that is the duration, and the sleep is named by its number.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function withSleep(draft: SagaDraft, given: readonly unknown[]): SagaDraft {
  const [first, second] = given
  const isNamed = given.length > 1
  const { where } = placeOf(draft, isNamed ? first : 'a sleep')
  const name = isNamed ? checkName(first, 'the name of a sleep', where) : nextName(draft)
  const duration = isNamed ? second : first
  const place = { values: { 'its duration': duration }, where: `${where}, sleep "${name}"` }
  const durationMs = readDuration(place, 'its duration')
  if (durationMs === undefined) {
    throw definitionInvalid(place.where, 'its duration is missing; write one such as "1d"')
  }
  return {
    ...draft,
    names: withName(draft.names, { name, kind: 'sleep', perItem: false }, where),
    nodes: [...draft.nodes, Object.freeze({ type: 'sleep', name, durationMs })],
  }
}

function nextName({ nodes }: SagaDraft): string {
  const before = nodes.filter(({ type }) => type === 'sleep').length
  return before === 0 ? 'sleep' : `sleep-${before + 1}`
}
