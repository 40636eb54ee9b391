import { expect, test } from 'vitest'
import type { Claim } from '../../../packages/engine/src/ports/task-store.ts'
import { ClockedEngine, settled } from './clocked-engine.ts'
import { aborted, gate } from './gate.ts'
import { anyInput, audit, defineSaga } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

test('a cancel that comes between two steps reaches the second one at the next heartbeat', async () => {
  const scene = new ClockedEngine()
  const [appended, answer] = [gate(), gate()]
  const process = scene.process(async ({ method, args, pass }) => {
    const result = await pass()
    if (method === 'append' && JSON.stringify(args).includes('"step":"one"')) {
      appended.open()
      await answer.passed
    }
    return result
  })
  const reasons: unknown[] = []
  const saga = order.step('one', { action: () => 1, compensation: () => {} }).step('two', {
    action: async ({ signal }) => {
      await aborted(signal)
      reasons.push(signal.reason)
      throw new Error('interrupted')
    },
    compensation: () => {},
    timeout: '1h',
  })
  await process.work([saga])
  const { sagaId, result } = await process.backstep.start(saga, { input: {} })
  await appended.passed
  await process.backstep.cancel(sagaId, audit)
  // One heartbeat tells of it while nothing is at work.
  await scene.clock.advance(3_500)
  answer.open()
  await settled()
  expect(reasons).toEqual([])
  await scene.clock.advance(3_500)
  expect(reasons).toEqual(['canceled'])
  await expect(result()).resolves.toMatchObject({ status: 'compensated' })
})

test('a claim that was given up starts no further step, although its lease lives again', async () => {
  const scene = new ClockedEngine()
  const [beat, finish] = [gate(), gate()]
  const process = scene.process(async ({ method, pass }) => {
    if (method === 'heartbeat') await beat.passed
    return pass()
  })
  const seen: unknown[] = []
  const saga = order
    .step('one', {
      action: async ({ signal }) => {
        await aborted(signal)
        seen.push(signal.reason)
        await finish.passed
      },
      compensation: () => {},
      timeout: '1h',
    })
    .step('two', {
      action: ({ signal, attempt }) => void seen.push(attempt, signal.aborted),
      compensation: () => {},
    })
  await process.work([saga], { maxTurn: '1h' })
  const { sagaId, result } = await process.backstep.start(saga, { input: {} })
  await scene.clock.advance(9_500)
  expect(seen).toEqual(['lease_lost'])
  // The heartbeat of the third second is answered at last: the local deadline moves on to the twelfth.
  beat.open()
  await settled()
  finish.open()
  await settled()
  expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: false, deliveries: 1 }])
  await scene.clock.advance(1_500)
  await expect(result()).resolves.toMatchObject({ status: 'completed' })
  expect(seen).toEqual(['lease_lost', 1, false])
  expect((await scene.rows(sagaId)).flat()).not.toContain('lease_lost')
})

test('a turn that waits a moment for its step hands it back when it is told to stop', async () => {
  const scene = new ClockedEngine()
  const waits = gate()
  const process = scene.process(async ({ method, pass }) => {
    const result = await pass()
    if (method !== 'claim' || !Array.isArray(result)) return result
    waits.open()
    // As granted by a server whose clock was set back by half a second since the attempt before.
    return result.map(
      (claim: Claim | null) => claim && Object.assign(claim, { now: claim.now - 500 }),
    )
  })
  let runs = 0
  const saga = order.step('pay', {
    action: () => {
      runs += 1
      throw new Error('no')
    },
    compensation: () => {},
    retry: { initialInterval: '1s', jitter: 'none' },
  })
  const worker = await process.work([saga], {
    shutdownGrace: '400ms',
    abortGrace: '100ms',
    sweep: '10ms',
  })
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  await settled()
  for (let round = 0; round < 150 && (await scene.deliveries(sagaId)) < 2; round += 1) {
    await scene.clock.advance(10)
  }
  await waits.passed
  await settled()
  const atMs = scene.clock.monotonicMs()
  await process.stop(worker, 10)
  expect(scene.clock.monotonicMs() - atMs).toBeLessThanOrEqual(400)
  expect(runs).toBe(1)
  expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: false, deliveries: 2 }])
})
