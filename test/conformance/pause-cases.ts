import { expect } from 'vitest'

import { LONG_MS, QUEUE, type Scene } from './scene.ts'

const by = { actor: 'ada', reason: 'the gateway is down' }
const queue = { kind: 'queue', name: 'mail', version: 0 } as const
const definition = { kind: 'definition', name: 'order', version: 2 } as const
const overdue = { queues: [QUEUE], limit: 10 }

/** What `PauseStore` promises. */
export const pauseCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'keeps who has paused what, and why, once': async ({ store }) => {
    expect(await store.pause(queue, by)).toBe(true)
    expect(await store.pause(queue, { ...by, actor: 'bob' })).toBe(false)
    expect(await store.pause(definition, by)).toBe(true)
    expect(await store.listPauses()).toMatchObject([
      { ...definition, ...by },
      { ...queue, ...by },
    ])
    expect(await store.resume(queue)).toBe(true)
    expect(await store.resume(queue)).toBe(false)
    expect(await store.listPauses()).toMatchObject([definition])
  },

  'makes due what was put off for a definition, and nothing else': async (scene) => {
    const { store } = scene
    const later = { delayMs: LONG_MS, dispatchGraceMs: 0 }
    const put = await scene.start({ event: { version: 2 }, task: later })
    await scene.start({ event: { version: 1 }, task: later })
    await store.pause(definition, by)
    expect(await store.findOverdue(overdue)).toEqual([])
    await store.resume(definition)
    const { branch, nonce } = put.task
    const hint = { sagaId: put.sagaId, branch, queue: QUEUE, nonce }
    expect(await store.findOverdue(overdue)).toMatchObject([hint])
    expect(await scene.claim(put)).toMatchObject({ wake: 1 })
  },

  'makes due what was put off for all versions of a definition': async (scene) => {
    const later = { delayMs: LONG_MS, dispatchGraceMs: 0 }
    await scene.start({ event: { version: 2 }, task: later })
    await scene.start({ event: { version: 1 }, task: later })
    await scene.store.pause({ ...definition, version: 0 }, by)
    await scene.store.resume({ ...definition, version: 0 })
    expect(await scene.store.findOverdue(overdue)).toHaveLength(2)
  },

  'writes a pause of a saga with its row, where nobody holds it as well': async (scene) => {
    const claim = await scene.startAndClaim()
    const { sagaId, branch, claimId } = claim
    const { store } = scene
    const paused = { ...scene.requestRecord(sagaId), paused: true }
    expect(await store.request(paused)).toMatchObject({ applied: true, seq: 2 })
    expect(await store.findSaga(sagaId)).toMatchObject({ paused: true })
    await scene.append(sagaId, { seq: 3, task: { type: 'remove', branch, claimId } })
    const stale = { ...scene.requestRecord(sagaId), afterSeq: 2, paused: false }
    expect(await store.request(stale)).toEqual({ applied: false })
    const resumed = { ...scene.requestRecord(sagaId), afterSeq: 3, paused: false }
    expect(await store.request(resumed)).toMatchObject({ applied: true, seq: 4 })
    expect(await store.findSaga(sagaId)).toMatchObject({ paused: false })
  },

  'asks only behind the row that was seen': async (scene) => {
    const { sagaId } = await scene.startAndClaim()
    await scene.append(sagaId)
    const { store } = scene
    const stale = { ...scene.requestRecord(sagaId), afterSeq: 1 }
    expect(await store.request(stale)).toEqual({ applied: false })
    expect(await scene.journal(sagaId)).toHaveLength(2)
    const seen = { ...scene.requestRecord(sagaId), afterSeq: 2 }
    expect(await store.request(seen)).toMatchObject({ applied: true, seq: 3 })
  },

  'drops all tasks of a saga, whoever holds them, and its pause with its end': async (scene) => {
    const claim = await scene.startAndClaim()
    const { sagaId } = claim
    const { store } = scene
    await store.request({ ...scene.requestRecord(sagaId), paused: true })
    const failure = { kind: 'error', code: 'boom', message: 'It broke.', step: null } as const
    const row = {
      status: 'abandoned',
      stuckCode: null,
      stuckStep: null,
      failure,
      output: null,
    } as const
    expect(await scene.append(sagaId, { seq: 3, task: { type: 'drop' }, row })).toBe(true)
    expect(await store.listTasks(sagaId)).toEqual([])
    expect(await scene.heartbeat([claim])).toEqual([])
    expect(await store.findSaga(sagaId)).toMatchObject({ status: 'abandoned', paused: false })
    expect(await store.findEnded([sagaId])).toHaveLength(1)
  },
}
