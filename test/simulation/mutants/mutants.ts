import { MemoryStore } from '../../../packages/engine/src/memory/index.ts'
import { soundFoundations, type Foundations } from '../world.ts'
import { passedOn, type NodeStore } from '../node-store.ts'
import type { BrokenStore } from './broken-store.ts'
import { mutantsOfTheEvents } from './mutants-of-the-events.ts'
import { mutantsOfTheForks } from './mutants-of-the-forks.ts'
import { mutantsOfTheStore } from './mutants-of-the-store.ts'

/** A world that is built on something broken. */
export interface Mutant {
  readonly name: string
  readonly breaks: string
  readonly foundations: Foundations
}

function onStore({ name, breaks, methodsOf }: BrokenStore): Mutant {
  const makeStore = (now: () => number): NodeStore => {
    const store = new MemoryStore({ now })
    return { ...passedOn(store), ...methodsOf(store, now) }
  }
  return { name, breaks, foundations: { ...soundFoundations, makeStore } }
}

/** A process whose clock runs at half its speed believes in leases that are long over. */
const slowClock: Mutant = {
  name: 'clock-lags',
  breaks: 'no handler starts beyond the end of its lease',
  foundations: {
    ...soundFoundations,
    engineOf: (engine) => {
      const { clock } = engine
      const monotonicMs = (): number => clock.monotonicMs() / 2
      return { ...engine, clock: { ...clock, monotonicMs } }
    },
  },
}

/** All of them. */
export const mutants: readonly Mutant[] = [
  ...mutantsOfTheStore.map(onStore),
  ...mutantsOfTheEvents.map(onStore),
  ...mutantsOfTheForks.map(onStore),
  slowClock,
]
