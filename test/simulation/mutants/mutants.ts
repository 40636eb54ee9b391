import { MemoryStore } from '../../../packages/engine/src/memory/index.ts'
import { soundFoundations, type Foundations } from '../world.ts'
import { nodeStoreOf, passedOn, type NodeStore } from '../node-store.ts'
import type { BrokenStore } from './broken-store.ts'
import { mutantsOfTheEvents } from './mutants-of-the-events.ts'
import { mutantsOfTheForks } from './mutants-of-the-forks.ts'
import { mutantsOfThePlans, type BrokenPlan } from './mutants-of-the-plans.ts'
import { mutantsOfTheTransactions, transactionsOf } from './mutants-of-the-transactions.ts'
import { mutantsOfTheSignals, mutantsOfTheWaits } from './mutants-of-the-waits.ts'
import { mutantsOfTheStore } from './mutants-of-the-store.ts'

/** A world that is built on something broken. */
export interface Mutant {
  readonly name: string
  readonly breaks: string
  readonly foundations: Foundations
}

function onStore({ name, breaks, methodsOf }: BrokenStore): Mutant {
  const makeStore = (now: () => number): NodeStore => {
    const store = nodeStoreOf(new MemoryStore({ now }))
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

function onPlans({ name, breaks, planFor }: BrokenPlan): Mutant {
  return { name, breaks, foundations: { ...soundFoundations, planFor } }
}

/** A driver that takes silence for a no. */
const guessedCommits: Mutant = {
  name: 'guesses-lost-commits',
  breaks: 'a commit without an answer is not guessed',
  foundations: {
    ...soundFoundations,
    engineOf: (engine) => ({
      ...engine,
      transactions: {
        begin: transactionsOf(engine.transactions, (open) => ({
          handle: open.handle,
          commit: async (record) => {
            const result = await open.commit(record)
            return result.status === 'unknown' ? { ...result, status: 'rolled_back' } : result
          },
          rollback: () => open.rollback(),
        })),
      },
    }),
  },
}

/** All of them. */
export const mutants: readonly Mutant[] = [
  ...mutantsOfTheStore.map(onStore),
  ...mutantsOfTheEvents.map(onStore),
  ...mutantsOfTheForks.map(onStore),
  ...mutantsOfTheTransactions.map(onStore),
  ...mutantsOfTheSignals.map(onStore),
  ...mutantsOfThePlans.map(onPlans),
  ...mutantsOfTheWaits.map(onPlans),
  slowClock,
  guessedCommits,
]
