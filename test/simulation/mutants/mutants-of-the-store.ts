import type { AppendRecord, AppendResult } from '../../../packages/engine/src/ports/saga-store.ts'
import type { Claim } from '../../../packages/engine/src/ports/task-store.ts'
import type { BrokenStore } from './broken-store.ts'

/** Stores that do not keep what the port promises. */
export const mutantsOfTheStore: readonly BrokenStore[] = [
  {
    name: 'acknowledges-lost-races',
    breaks: 'a decision counts only if it is in the journal',
    methodsOf: (store, now) => ({
      append: async (batch) => {
        const results = await store.append(batch)
        return results.map((result): AppendResult => {
          return result.applied ? result : { applied: true, at: now() }
        })
      },
    }),
  },
  {
    name: 'appends-behind-anything',
    breaks: 'a decision counts only behind the row that it was made on',
    methodsOf: (store) => ({
      append: async (batch) => {
        const results: AppendResult[] = []
        for (const record of batch) {
          const head = (await store.readJournal(record.sagaId, 0)).length
          const anywhere: AppendRecord = { ...record, seq: head + 1, afterId: null }
          const [first] = await store.append([record])
          const [second] = first?.applied === true ? [first] : await store.append([anywhere])
          results.push(second ?? { applied: false })
        }
        return results
      },
    }),
  },
  {
    name: 'forgets-its-appends',
    breaks: 'an append that is repeated after a lost reply counts once',
    methodsOf: (store) => {
      const seen = new Set<string>()
      return {
        append: async (batch) => {
          const known = batch.map(({ appendId }) => seen.has(appendId))
          const results = await store.append(batch)
          for (const [index, { appendId }] of batch.entries()) {
            if (results[index]?.applied === true) seen.add(appendId)
          }
          return results.map((result, index) =>
            known[index] === true ? { applied: false } : result,
          )
        },
      }
    },
  },
  {
    name: 'grants-what-is-held',
    breaks: 'one holder',
    methodsOf: (store) => {
      const held = new Map<string, Claim>()
      return {
        claim: async (batch) => {
          for (const { sagaId, branch, nonce } of batch) {
            const other = held.get(`${sagaId} ${branch}`)
            if (other === undefined) continue
            const { claimId, wake } = other
            await store.release([{ sagaId, branch, claimId, wake, nonce, delayMs: 0 }])
          }
          const granted = await store.claim(batch)
          for (const claim of granted)
            if (claim !== null) held.set(`${claim.sagaId} ${claim.branch}`, claim)
          return granted
        },
      }
    },
  },
  {
    name: 'keeps-lost-claims',
    breaks: 'a heartbeat answers for claims that stand, and for no other',
    methodsOf: (store) => ({
      heartbeat: async (beat) => {
        await store.heartbeat(beat)
        return beat.claims.map(({ claimId }) => ({ claimId, wake: 0 }))
      },
    }),
  },
  {
    name: 'sweeps-nothing',
    breaks: 'a lost hint only makes its task late',
    methodsOf: () => ({ findOverdue: async () => [] }),
  },
  {
    name: 'takes-nothing-over',
    breaks: 'what a dead worker held is taken over',
    methodsOf: () => ({ takeOver: async () => [] }),
  },
  {
    name: 'forgets-keys',
    breaks: 'one key is one saga',
    methodsOf: (store) => ({
      start: (batch) =>
        store.start(batch.map((record) => ({ ...record, event: { ...record.event, key: null } }))),
    }),
  },
  {
    name: 'drops-the-next-task',
    breaks: 'journal row and task change are one commit: every live saga has a task',
    methodsOf: (store) => ({ append: (batch) => store.append(batch.map(withoutNext)) }),
  },
  {
    name: 'keeps-the-last-task',
    breaks: 'a saga that has ended has no task',
    methodsOf: (store) => ({
      append: (batch) =>
        store.append(
          batch.map((record) =>
            record.task.type === 'remove' ? { ...record, task: { type: 'keep' } as const } : record,
          ),
        ),
    }),
  },
]

function withoutNext(record: AppendRecord): AppendRecord {
  const { task } = record
  if (task.type !== 'replace') return record
  return { ...record, task: { type: 'remove', branch: task.next.branch, claimId: task.claimId } }
}
