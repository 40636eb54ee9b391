import type { Statement } from '../../../packages/engine/src/memory/memory-transaction.ts'
import type {
  OpenTransaction,
  TransactionalStore,
} from '../../../packages/engine/src/ports/transactional-store.ts'
import type { BrokenStore } from './broken-store.ts'

/** Stores whose transactions are none. */
export const mutantsOfTheTransactions: readonly BrokenStore[] = [
  {
    name: 'keeps-what-was-rolled-back',
    breaks: 'what a handler did in a transaction that was rolled back does not stand',
    methodsOf: (store) => {
      const kept: Statement[] = []
      return {
        begin: transactionsOf(store, (open) => {
          const said: Statement[] = []
          return {
            ...open,
            handle: {
              query: (text, values = []) => {
                said.push({ text, values })
                return open.handle.query(text, values)
              },
            },
            commit: (record) => open.commit(record),
            rollback: () => {
              kept.push(...said.splice(0))
              return open.rollback()
            },
          }
        }),
        takeStatements: () => [...store.takeStatements(), ...kept.splice(0)],
      }
    },
  },
  {
    name: 'commits-the-verdict-alone',
    breaks: 'what a handler did is committed with the row that says so',
    methodsOf: (store) => ({
      takeStatements: () => {
        store.takeStatements()
        return []
      },
    }),
  },
  {
    name: 'denies-its-commits',
    breaks: 'only what lost its race is said to have',
    methodsOf: (store) => ({
      begin: transactionsOf(store, (open) => ({
        ...open,
        commit: async (record) => {
          const result = await open.commit(record)
          const isGuessed = result.status === 'committed'
          return isGuessed ? { status: 'behind' } : result
        },
        rollback: () => open.rollback(),
      })),
    }),
  },
]

/** Transactions that do something else than they should. */
export function transactionsOf(
  store: TransactionalStore,
  change: (open: OpenTransaction) => OpenTransaction,
): TransactionalStore['begin'] {
  return async (limits, signal) => {
    const open = await store.begin(limits, signal)
    return open === null ? null : change(open)
  }
}
