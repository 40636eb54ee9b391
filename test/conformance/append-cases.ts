import { expect } from 'vitest'

import { cancelRequested, rowChange, rowsOf, succeeded, type Scene } from './scene.ts'

const failure = {
  kind: 'rejection',
  code: 'card_declined',
  message: 'The card was declined.',
  details: { tries: 1 },
  step: 'charge',
} as const

/** What `SagaStore.append` promises about the journal and the saga's row. */
export const appendCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'adds a row behind the last one': async (scene) => {
    const { sagaId } = await scene.start()
    const events = [succeeded('reserve'), cancelRequested]
    const [result] = await scene.store.append([scene.appendRecord(sagaId, { events })])
    const [first, second] = await scene.store.readJournal(sagaId, 0)
    expect(result).toEqual({ applied: true, at: second?.at })
    expect(second).toEqual({ seq: 2, at: second?.at, events, appendId: expect.any(String) })
    expect(second?.at).toBeGreaterThanOrEqual(first?.at ?? Infinity)
  },

  'reads only the rows behind a number': async (scene) => {
    const { sagaId } = await scene.start()
    for (const seq of [2, 3, 4]) await scene.append(sagaId, { seq })
    const rows = await scene.store.readJournal(sagaId, 2)
    expect(rows.map(({ seq }) => seq)).toEqual([3, 4])
    expect(await scene.store.readJournal(sagaId, 4)).toEqual([])
  },

  'refuses a number that is taken': async (scene) => {
    const { sagaId } = await scene.start()
    expect(await scene.append(sagaId, { events: [succeeded('reserve')] })).toBe(true)
    expect(await scene.append(sagaId, { events: [cancelRequested] })).toBe(false)
    expect(await scene.append(sagaId, { seq: 1 })).toBe(false)
    expect(await scene.journal(sagaId)).toEqual(['1 saga_started', '2 action_succeeded'])
  },

  'goes behind no other row than the one that it names': async (scene) => {
    const { sagaId, appendId } = await scene.start()
    for (const task of [{ type: 'keep' }, { type: 'none' }] as const) {
      expect(await scene.append(sagaId, { afterId: scene.ids.unique(), task })).toBe(false)
    }
    const second = scene.appendRecord(sagaId, { afterId: appendId })
    expect(await scene.store.append([second])).toMatchObject([{ applied: true }])
    expect(await scene.append(sagaId, { seq: 3, afterId: appendId })).toBe(false)
    expect(await scene.append(sagaId, { seq: 3, afterId: second.appendId })).toBe(true)
    const named = await scene.store.readJournal(sagaId, 0)
    expect(named.slice(0, 2).map((entry) => entry.appendId)).toEqual([appendId, second.appendId])
  },

  'leaves no hole': async (scene) => {
    const { sagaId } = await scene.start()
    expect(await scene.append(sagaId, { seq: 3 })).toBe(false)
    expect(await scene.journal(sagaId)).toEqual(['1 saga_started'])
  },

  'refuses a saga that is not there': async (scene) => {
    const sagaId = scene.ids.sortable()
    for (const seq of [1, 2]) expect(await scene.append(sagaId, { seq })).toBe(false)
    expect(await scene.append(sagaId, { seq: 2, task: { type: 'none' } })).toBe(false)
    expect(await scene.store.readJournal(sagaId, 0)).toEqual([])
  },

  'counts the same append as applied when it is repeated, whatever came after it': async (
    scene,
  ) => {
    const { sagaId } = await scene.start()
    const record = scene.appendRecord(sagaId)
    const first = await scene.store.append([record])
    expect(await scene.store.append([record])).toEqual(first)
    await scene.append(sagaId, { seq: 3 })
    expect(await scene.store.append([record])).toEqual(first)
    expect(await scene.journal(sagaId)).toHaveLength(3)
  },

  'does not take a repeat under another number for the same append': async (scene) => {
    const { sagaId } = await scene.start()
    const record = scene.appendRecord(sagaId)
    await scene.store.append([record])
    const [result] = await scene.store.append([{ ...record, seq: 5 }])
    expect(result).toEqual({ applied: false })
  },

  'applies one of many that race for a number': async (scene) => {
    const { sagaId } = await scene.start()
    for (const seq of [2, 3, 4]) {
      const race = Array.from({ length: 5 }, () => scene.append(sagaId, { seq }))
      const applied = (await Promise.all(race)).filter(Boolean)
      expect(applied).toHaveLength(1)
    }
    expect(await scene.journal(sagaId)).toHaveLength(4)
  },

  'applies a repeat that races with its first try': async (scene) => {
    const { sagaId } = await scene.start()
    const record = scene.appendRecord(sagaId)
    const [one, two] = await Promise.all([
      scene.store.append([record]),
      scene.store.append([record]),
    ])
    expect(one).toMatchObject([{ applied: true }])
    expect(two).toEqual(one)
    expect(await scene.journal(sagaId)).toHaveLength(2)
  },

  'answers in the order of the batch, and a lost race fails no neighbor': async (scene) => {
    const ids = await Promise.all([1, 2, 3, 4].map(async () => (await scene.start()).sagaId))
    const [first = '', taken = '', holed = '', last = ''] = ids
    await scene.append(taken)
    const batch = [
      scene.appendRecord(last),
      scene.appendRecord(taken),
      scene.appendRecord(scene.ids.sortable()),
      scene.appendRecord(holed, { seq: 7 }),
      scene.appendRecord(first),
    ]
    const results = await scene.store.append(batch)
    expect(results.map(({ applied }) => applied)).toEqual([true, false, false, false, true])
    expect(rowsOf(await scene.store.readJournal(taken, 1))).toEqual(['2 action_succeeded'])
  },

  'writes the neighbors of a record that cannot be stored': async (scene) => {
    const [good, bad, other] = [await scene.start(), await scene.start(), await scene.start()]
    const batch = [good, bad, other].map(({ sagaId }) => {
      const text = sagaId === bad.sagaId ? 'NUL \u0000' : 'backslash-u \\u0000'
      return scene.appendRecord(sagaId, { events: [succeeded(text)] })
    })
    await expect(scene.store.append(batch)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' })
    const journals = [good, bad, other].map(({ sagaId }) => scene.journal(sagaId))
    const lengths = (await Promise.all(journals)).map((rows) => rows.length)
    expect(lengths).toEqual([2, 1, 2])
    const repeated = await scene.store.append(batch.filter(({ sagaId }) => sagaId !== bad.sagaId))
    expect(repeated).toMatchObject([{ applied: true }, { applied: true }])
  },

  'lets batches in another order race without harm': async (scene) => {
    const ids = await Promise.all([1, 2, 3, 4, 5].map(async () => (await scene.start()).sagaId))
    const batch = (order: readonly string[]) => order.map((sagaId) => scene.appendRecord(sagaId))
    const [one, two] = await Promise.all([
      scene.store.append(batch(ids)),
      scene.store.append(batch(ids.toReversed())),
    ])
    const won = [...one, ...two].filter(({ applied }) => applied)
    expect(won).toHaveLength(ids.length)
  },

  'changes the row of the saga with its status, at the time of the append': async (scene) => {
    const { sagaId } = await scene.start()
    await scene.passTime(5)
    const row = rowChange({
      status: 'stuck',
      stuckCode: 'compensation_exhausted',
      stuckStep: 'reserve',
      failure,
    })
    const [result] = await scene.store.append([scene.appendRecord(sagaId, { row })])
    const found = await scene.store.findSaga(sagaId)
    expect(found).toMatchObject(row)
    expect(result).toEqual({ applied: true, at: found?.changedAt })
    expect(found?.changedAt).toBeGreaterThan(found?.startedAt ?? Infinity)
  },

  'leaves the row alone when the status stays, or the race is lost': async (scene) => {
    const { sagaId } = await scene.start()
    const before = await scene.store.findSaga(sagaId)
    await scene.append(sagaId)
    await scene.append(sagaId, { row: rowChange({ status: 'compensating', failure }) })
    expect(await scene.store.findSaga(sagaId)).toEqual(before)
  },

  'takes an empty batch': async (scene) => {
    expect(await scene.store.append([])).toEqual([])
  },
}
