import { checkItemName, checkName } from './check-name.ts'
import { definitionInvalid } from './definition-invalid.ts'
import { countSteps, withName, type GivenNames } from './node-names.ts'
import type { SettledDefaults } from './read-defaults.ts'
import { readStep, type DeclaredStep, type StepHeading } from './read-step.ts'

/** Where a step is to be added. */
export interface StepPlace {
  readonly where: string
  readonly role: StepHeading['role']
  readonly defaults: SettledDefaults
  /** Whether each item of a list gets one. */
  readonly perItem: boolean
}

/** A name and options, as they were passed to `step` or `pivot`. */
export interface GivenStep {
  readonly name: unknown
  readonly options: unknown
}

/** Steps in their order, and every name that is taken, theirs among them. */
export interface DeclaredSteps {
  readonly steps: readonly DeclaredStep[]
  readonly names: GivenNames
}

const maximumSteps = 1_000

/**
 * Reads one step more: its name first, so that what follows can be told by it.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function declareStep(
  { where, role, defaults, perItem }: StepPlace,
  { steps, names }: DeclaredSteps,
  given: GivenStep,
): DeclaredSteps {
  const called = role === 'pivot' ? 'pivot' : 'step'
  const check = perItem ? checkItemName : checkName
  const name = check(given.name, `the name of a ${called}`, where)
  const more = withName(names, { name, kind: 'step', perItem }, where)
  if (countSteps(more) > maximumSteps) {
    throw definitionInvalid(
      where,
      `"${name}" is step ${maximumSteps + 1}, and there may be ${maximumSteps}; do more in one step`,
    )
  }
  const heading = { name, role, where: `${where}, ${called} "${name}"`, defaults }
  return { steps: [...steps, readStep(heading, given.options)], names: more }
}
