import { coreMutants } from './core-mutants.ts'
import { decisionMutants } from './decision-mutants.ts'
import { doubtMutants, probeMutants } from './doubt-mutants.ts'
import { forkMutants } from './fork-mutants.ts'
import type { Mutant } from './mutant.ts'
import { patchedMutants } from './patched-mutants.ts'
import { protocolMutants } from './protocol-mutants.ts'
import { timeMutants } from './time-mutants.ts'

/** Every mutant there is. */
export async function allMutants(): Promise<readonly Mutant[]> {
  const patched = await patchedMutants([
    ...coreMutants,
    ...forkMutants,
    ...doubtMutants,
    ...timeMutants,
  ])
  return [...protocolMutants, ...decisionMutants, ...probeMutants, ...patched]
}
