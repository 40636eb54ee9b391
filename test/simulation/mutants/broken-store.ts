import type { NodeStore } from '../node-store.ts'

/** Something that is broken on purpose: what the simulation is worth is how fast it tells. */
export interface BrokenStore {
  readonly name: string
  /** What does not hold any more. */
  readonly breaks: string
  readonly methodsOf: (store: NodeStore, now: () => number) => Partial<NodeStore>
}
