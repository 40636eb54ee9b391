import type {
  AtLeastOne,
  Carrier,
  Filled,
  StepsBuilder,
  StepsBuilderAfterPivot,
} from './steps-builder.ts'
import type { Known, UnusedBranchName } from './unused-name.ts'

type BranchMissing = 'There is no branch in it: call branch, and return what it returns.'

/** To the compiler, the reason why a step cannot stand here. */
interface OnlyBranches {
  /** Not to be called. */
  step(name: 'Each step is in a branch: call branch, and step inside it.', options?: unknown): this
}

/**
 * Adds branches to a parallel before the pivot; each call returns a new builder.
 *
 * @typeParam Added the outputs of the steps of all branches so far
 * @typeParam Branches their names
 */
export interface BranchesBuilder<
  Input,
  Results,
  Taken,
  Added = unknown,
  Branches = never,
  Unguarded = never,
>
  extends OnlyBranches, Carrier<Added, Unguarded, AtLeastOne<Added, BranchMissing>> {
  /**
   * Adds a branch: steps in a row, beside those of the other branches. They see what was there before the parallel, and the
   * earlier steps of their own branch.
   *
   * @param name unique in its parallel, without a slash
   * @throws BackstepError `DEFINITION_INVALID`
   */
  branch<const Name extends string, More, Names extends string>(
    name: UnusedBranchName<Name, Branches>,
    build: (
      branch: StepsBuilder<Input, Results, Taken | keyof Added, unknown>,
    ) => Filled<More, Names>,
  ): BranchesBuilder<Input, Results, Taken, Added & More, Branches | Known<Name>, Unguarded | Names>
}

/** The same after the pivot. */
export interface BranchesBuilderAfterPivot<Input, Results, Taken, Added = unknown, Branches = never>
  extends OnlyBranches, Carrier<Added, never, AtLeastOne<Added, BranchMissing>> {
  /**
   * Adds a branch of steps that are tried until they succeed.
   *
   * @param name unique in its parallel, without a slash
   * @throws BackstepError `DEFINITION_INVALID`
   */
  branch<const Name extends string, More>(
    name: UnusedBranchName<Name, Branches>,
    build: (
      branch: StepsBuilderAfterPivot<Input, Results, Taken | keyof Added, unknown>,
    ) => Filled<More>,
  ): BranchesBuilderAfterPivot<Input, Results, Taken, Added & More, Branches | Known<Name>>
}
