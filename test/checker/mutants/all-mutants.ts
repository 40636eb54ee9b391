import { coreMutants } from './core-mutants.ts'
import { decisionMutants } from './decision-mutants.ts'
import { forkMutants } from './fork-mutants.ts'
import type { Mutant } from './mutant.ts'
import { protocolMutants } from './protocol-mutants.ts'

/** Every mutant there is. */
export async function allMutants(): Promise<readonly Mutant[]> {
  return [
    ...protocolMutants,
    ...decisionMutants,
    ...(await coreMutants()),
    ...(await forkMutants()),
  ]
}
