import type { ParallelNode } from '../core/plan.ts'
import { branchPath } from '../core/plan-steps.ts'
import { buildSteps, type StepsPlace } from './build-steps.ts'
import { buildWithin } from './build-within.ts'
import { checkName, checkPath, checkPathPart } from './check-name.ts'
import type { DeclaredSteps } from './declare-step.ts'
import { definitionInvalid } from './definition-invalid.ts'
import type { GivenNames } from './node-names.ts'

/** The branches of a parallel, all their steps in one row as well, and every name that is taken. */
export interface DeclaredBranches extends DeclaredSteps {
  readonly branches: ParallelNode['branches']
}

const maximumBranches = 256

/**
 * Has the application add the branches of a parallel.
 *
 * @param fork its name
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function buildBranches(
  { fork, place }: { readonly fork: string; readonly place: StepsPlace },
  names: GivenNames,
  build: unknown,
): DeclaredBranches {
  const { where } = place
  const first: DeclaredBranches = { branches: [], steps: [], names }
  return buildWithin(build, {
    where,
    method: 'branch',
    first,
    methods: (draft, next) => ({
      branch: (given: unknown, steps: unknown) => {
        const name = checkBranch(given, { where, fork, draft })
        const own = buildSteps(
          { ...place, where: `${where}, branch "${name}"` },
          draft.names,
          steps,
        )
        return next(withBranch(draft, name, own))
      },
      step: () => {
        throw definitionInvalid(
          where,
          'step is called in it, but each step is in a branch; call branch, and step inside it',
        )
      },
    }),
  })
}

function withBranch(
  { branches, steps }: DeclaredBranches,
  name: string,
  own: DeclaredSteps,
): DeclaredBranches {
  const nodes = Object.freeze(own.steps.map(({ node }) => node))
  return {
    branches: [...branches, Object.freeze({ name, nodes })],
    steps: [...steps, ...own.steps],
    names: own.names,
  }
}

interface BranchPlace {
  readonly where: string
  readonly fork: string
  readonly draft: DeclaredBranches
}

function checkBranch(given: unknown, { where, fork, draft: { branches } }: BranchPlace): string {
  const what = 'the name of a branch'
  const name = checkPathPart(checkName(given, what, where), what, where)
  checkPath(branchPath(fork, name), where)
  if (branches.some((branch) => branch.name === name)) {
    throw definitionInvalid(where, `there is a branch named "${name}" already; choose another name`)
  }
  if (branches.length < maximumBranches) return name
  throw definitionInvalid(
    where,
    `"${name}" is branch ${maximumBranches + 1}, and there may be ${maximumBranches}; use forEach for a list`,
  )
}
