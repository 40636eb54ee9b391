import { buildWithin } from './build-within.ts'
import { declareStep, type DeclaredSteps, type StepPlace } from './declare-step.ts'
import { definitionInvalid } from './definition-invalid.ts'
import type { GivenNames } from './node-names.ts'

/** Where a step stands that is not the pivot. */
export interface StepsPlace extends StepPlace {
  readonly role: 'compensatable' | 'retriable'
}

/**
 * Has the application add the steps of one branch, one forEach or one when.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function buildSteps(place: StepsPlace, names: GivenNames, build: unknown): DeclaredSteps {
  const { where } = place
  const first: DeclaredSteps = { steps: [], names }
  return buildWithin(build, {
    where,
    method: 'step',
    first,
    methods: (draft, next) => ({
      step: (name: unknown, options: unknown) => next(declareStep(place, draft, { name, options })),
      ...refused(where),
    }),
  })
}

/** What the saga's own builder has, and this one does not. */
function refused(where: string): Readonly<Record<string, () => never>> {
  const refuse = (method: string, why: string) => (): never => {
    throw definitionInvalid(where, `${method} is called in it, but ${why}`)
  }
  const onlySteps = 'there are only steps in it; call it on the saga, before or after this'
  return {
    pivot: refuse('pivot', 'the pivot is a step of the saga itself; call it before or after this'),
    parallel: refuse('parallel', onlySteps),
    forEach: refuse('forEach', onlySteps),
    when: refuse('when', onlySteps),
    sleep: refuse('sleep', onlySteps),
    waitFor: refuse('waitFor', onlySteps),
    savepoint: refuse(
      'savepoint',
      'a save-point stands on the line of the saga itself; call it before or after this',
    ),
    output: refuse('output', 'the output is the whole saga’s; call it last'),
  }
}
