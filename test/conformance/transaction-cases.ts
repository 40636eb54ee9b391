import { expect } from 'vitest'

import type { OpenTransaction } from '../../packages/engine/src/ports/transactional-store.ts'
import { cancelRequested, LONG_MS, rowChange, rowsOf, succeeded, type Scene } from './scene.ts'

const limits = { statementMs: LONG_MS, idleMs: LONG_MS }

async function begin(scene: Scene): Promise<OpenTransaction> {
  const transaction = await scene.store.begin(limits, new AbortController().signal)
  if (transaction === null) throw new Error('No transaction was begun.')
  return transaction
}

/** What `TransactionalStore` promises. */
export const transactionCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'commits a row that everybody sees from then on': async (scene) => {
    const { sagaId } = await scene.start()
    const transaction = await begin(scene)
    await transaction.handle.query('select $1::int', [1])
    expect(await scene.journal(sagaId)).toEqual(['1 saga_started'])
    const record = scene.appendRecord(sagaId)
    const result = await transaction.commit(record)
    const rows = await scene.store.readJournal(sagaId, 1)
    expect(rowsOf(rows)).toEqual(['2 action_succeeded'])
    expect(rows[0]?.appendId).toBe(record.appendId)
    expect(result).toEqual({ status: 'committed', at: rows[0]?.at })
  },

  'stays open when a race is lost, and commits what is decided then': async (scene) => {
    const { sagaId } = await scene.start()
    const transaction = await begin(scene)
    const lost = scene.appendRecord(sagaId)
    await scene.append(sagaId, { events: [cancelRequested] })
    expect(await transaction.commit(lost)).toEqual({ status: 'behind' })
    expect(await transaction.commit(lost)).toEqual({ status: 'behind' })
    const next = scene.appendRecord(sagaId, { seq: 3 })
    expect(await transaction.commit(next)).toMatchObject({ status: 'committed' })
    expect(await scene.journal(sagaId)).toHaveLength(3)
  },

  'is behind where a row is not the one that it was decided on, or leaves a hole': async (
    scene,
  ) => {
    const { sagaId } = await scene.start()
    const transaction = await begin(scene)
    for (const wish of [{ afterId: scene.ids.unique() }, { seq: 3 }]) {
      const record = scene.appendRecord(sagaId, wish)
      expect(await transaction.commit(record)).toEqual({ status: 'behind' })
    }
    await transaction.rollback()
    expect(await scene.journal(sagaId)).toEqual(['1 saga_started'])
  },

  'is behind when the lease was lost, whatever becomes of the task': async (scene) => {
    const { sagaId, branch, claimId } = await scene.expiredClaim()
    const transaction = await begin(scene)
    await scene.takeOver()
    const task = { type: 'remove', branch, claimId } as const
    for (const wish of [{}, { task }, { seq: 3, task }]) {
      const record = scene.appendRecord(sagaId, wish)
      expect(await transaction.commit(record)).toEqual({ status: 'behind' })
    }
    await transaction.rollback()
    expect(await scene.journal(sagaId)).toEqual(['1 saga_started', '2 lease_lost'])
  },

  'changes task and saga with the row, or neither': async (scene) => {
    const { sagaId, branch, claimId } = await scene.startAndClaim()
    const end = {
      events: [succeeded('reserve'), { type: 'saga_completed', output: 7 } as const],
      task: { type: 'remove', branch, claimId } as const,
      row: rowChange({ status: 'completed', output: 7 }),
    }
    const given = await begin(scene)
    await given.rollback()
    expect(await scene.store.listTasks(sagaId)).toHaveLength(1)
    const transaction = await begin(scene)
    const result = await transaction.commit(scene.appendRecord(sagaId, end))
    expect(result.status).toBe('committed')
    expect(await scene.store.listTasks(sagaId)).toEqual([])
    expect(await scene.store.findSaga(sagaId)).toMatchObject({ status: 'completed', output: 7 })
  },

  'leaves nothing after a rollback, which may be repeated, and commits no more': async (scene) => {
    const { sagaId } = await scene.start()
    const transaction = await begin(scene)
    await transaction.rollback()
    await transaction.rollback()
    const result = await transaction.commit(scene.appendRecord(sagaId))
    expect(result.status).toBe('rolled_back')
    expect(await scene.journal(sagaId)).toEqual(['1 saga_started'])
  },

  'rolls back when its row cannot be stored': async (scene) => {
    const { sagaId } = await scene.start()
    const transaction = await begin(scene)
    const record = scene.appendRecord(sagaId, { events: [succeeded('NUL \u0000')] })
    expect((await transaction.commit(record)).status).toBe('rolled_back')
    const again = scene.appendRecord(sagaId)
    expect((await transaction.commit(again)).status).toBe('rolled_back')
    expect(await scene.append(sagaId)).toBe(true)
  },

  'takes nothing from a handler that has ended': async (scene) => {
    const { sagaId } = await scene.start()
    const ended: readonly ((transaction: OpenTransaction) => Promise<unknown>)[] = [
      (transaction) => transaction.rollback(),
      (transaction) => transaction.commit(scene.appendRecord(sagaId, { seq: 9 })),
      (transaction) => transaction.commit(scene.appendRecord(sagaId)),
    ]
    for (const end of ended) {
      const transaction = await begin(scene)
      await transaction.handle.query('select 1')
      await end(transaction)
      await expect(transaction.handle.query('select 1')).rejects.toThrow('The handler has ended')
      await transaction.rollback()
    }
  },

  'does not begin once nobody waits for it': async (scene) => {
    expect(await scene.store.begin(limits, AbortSignal.abort())).toBeNull()
  },
}
