import { shapeNamed } from '../shapes.ts'
import type { Mutant } from './mutant.ts'
import { patchedRules, type Patch } from './patched-core.ts'

/** A mutant of the core's own sources. */
export interface PatchedMutant extends Pick<Mutant, 'name' | 'forgets'> {
  readonly shape: string
  readonly patch: Patch
}

/** Mutants, loaded from patched copies of the core. */
export async function patchedMutants(
  mutants: readonly PatchedMutant[],
): Promise<readonly Mutant[]> {
  return Promise.all(
    mutants.map(async ({ name, forgets, shape, patch }) => {
      return { name, forgets, shape: shapeNamed(shape), rules: await patchedRules(patch) }
    }),
  )
}
