import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import type { Clock } from '../../../packages/engine/src/ports/clock.ts'
import { systemClock } from '../../../packages/engine/src/runtime/system-clock.ts'
import { aborted, gate, never } from './gate.ts'
import { interceptedStore } from './intercepted-store.ts'
import {
  anyInput,
  defineSaga,
  engineOn,
  memoryEngine,
  soon,
  typesOf,
  work,
} from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

/** The real clock, and how many timers of it are set. */
function countedClock(): { readonly clock: Clock; readonly pending: () => number } {
  let pending = 0
  const clock: Clock = {
    ...systemClock,
    async sleep(ms, signal) {
      pending += 1
      await systemClock.sleep(ms, signal)
      pending -= 1
    },
    after(ms, callback) {
      const timer = { isSet: true }
      const unset = (): void => {
        if (timer.isSet) pending -= 1
        timer.isSet = false
      }
      pending += 1
      const callOff = systemClock.after(ms, () => {
        unset()
        callback()
      })
      return () => {
        unset()
        callOff()
      }
    },
  }
  return { clock, pending: () => pending }
}

test('a worker that stops finishes the step at work, and leaves the next one to others', async () => {
  const { backstep, store } = memoryEngine()
  const [started, finish] = [gate(), gate()]
  const ran: string[] = []
  const saga = order
    .step('one', {
      action: async () => {
        started.open()
        await finish.passed
        ran.push('one')
      },
      compensation: () => {},
    })
    .step('two', { action: () => void ran.push('two'), compensation: () => {} })
  const worker = await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await started.passed
  const stopped = worker.stop()
  finish.open()
  await stopped
  expect(ran).toEqual(['one'])
  expect(await store.listTasks(handle.sagaId)).toMatchObject([{ claimed: false }])
  await work(backstep, [saga])
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(await typesOf(backstep, handle.sagaId)).not.toContain('lease_lost')
})

test('a claim that is granted while its worker stops is handed back at once', async () => {
  const { store } = memoryEngine()
  const [asked, answer] = [gate(), gate()]
  const { backstep } = engineOn(
    interceptedStore(store, async ({ method, pass }) => {
      const result = await pass()
      if (method === 'claim') {
        asked.open()
        await answer.passed
      }
      return result
    }),
  )
  let runs = 0
  const saga = order.step('one', { action: () => void (runs += 1), compensation: () => {} })
  const worker = await work(backstep, [saga], { eagerFirstTurn: false })
  const handle = await backstep.start(saga, { input: {} })
  await asked.passed
  const stopped = worker.stop()
  answer.open()
  await stopped
  expect(runs).toBe(0)
  expect(await store.listTasks(handle.sagaId)).toMatchObject([{ claimed: false, deliveries: 1 }])
  expect(await typesOf(backstep, handle.sagaId)).toEqual(['saga_started'])
})

test('a handler that goes on for too long is told of the shutdown, and what it then returns counts', async () => {
  const { backstep } = memoryEngine()
  const started = gate()
  const reasons: unknown[] = []
  const saga = order.step('one', {
    action: async ({ signal }) => {
      started.open()
      await aborted(signal)
      reasons.push(signal.reason)
    },
    compensation: () => {},
  })
  const worker = await work(backstep, [saga], { shutdownGrace: '200ms' })
  const handle = await backstep.start(saga, { input: {} })
  await started.passed
  await worker.stop()
  expect(reasons).toEqual(['shutdown'])
  await expect(handle.result({ timeout: '1s' })).resolves.toMatchObject({ status: 'completed' })
})

test.each([
  ['a handler that never settles', 'handler'],
  ['an append that is never answered', 'append'],
  ['a claim that is never answered', 'claim'],
  ['a heartbeat that is never answered', 'heartbeat'],
])('a worker stops within its grace in spite of %s, and leaves no timer', async (_, what) => {
  const { clock, pending } = countedClock()
  const { store } = memoryEngine()
  const begun = gate()
  const { backstep } = engineOn(
    interceptedStore(store, async ({ method, pass }) => {
      if (method !== what) return pass()
      begun.open()
      return never
    }),
    { clock },
  )
  const saga = order.step('one', {
    action: () => {
      if (what !== 'handler') return 1
      begun.open()
      return never
    },
    compensation: () => {},
    timeout: '1h',
  })
  // A first turn that is eager would make no claim.
  const eagerFirstTurn = what !== 'claim'
  // Whatever else could end the wait is several times as long as the grace.
  const limits = { shutdownGrace: '300ms', lease: '3s', heartbeat: '1s', abortGrace: '1s' } as const
  const worker = await work(backstep, [saga], { ...limits, eagerFirstTurn })
  await backstep.start(saga, { input: {} })
  await begun.passed
  const before = performance.now()
  await worker.stop()
  expect(performance.now() - before).toBeLessThan(900)
  // Only a claim that Postgres has not answered keeps its limit, which is a lease.
  await eventually(() => expect(pending()).toBe(0), { timeoutMs: 4_500 })
})

test('a worker that has nothing to do stops at once, leaves no timer, and may be stopped again', async () => {
  const { clock, pending } = countedClock()
  const { backstep } = memoryEngine({ clock })
  const saga = order.step('one', { action: () => 1, compensation: () => {} })
  const worker = await work(backstep, [saga], { shutdownGrace: '20s' })
  const handle = await backstep.start(saga, { input: {} })
  await handle.result({ timeout: '3s' })
  await Promise.all([worker.stop(), worker.stop()])
  await backstep.close()
  expect(worker.active).toBe(0)
  expect(pending()).toBe(0)
})

test('a worker that stops waits until a late result is in the journal', async () => {
  const { store } = memoryEngine()
  const [late, asked] = [gate(), gate()]
  const { backstep } = engineOn(
    interceptedStore(store, async ({ method, pass }) => {
      if (method === 'request') {
        asked.open()
        await new Promise((resolve) => setTimeout(resolve, 30))
      }
      return pass()
    }),
  )
  const saga = order.step('pay', {
    action: async ({ attempt }) => {
      if (attempt === 1) await late.passed
    },
    compensation: () => {},
    timeout: '20ms',
    retry: soon,
  })
  const worker = await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await handle.result({ timeout: '3s' })
  late.open()
  await asked.passed
  await worker.stop()
  expect(await typesOf(backstep, handle.sagaId)).toContain('late_result')
})

function throwing(): never {
  throw new Error('no metrics today')
}

test('an observer that throws costs nobody a claim, and the worker goes on', async () => {
  const { backstep } = memoryEngine()
  const saga = order.step('pay', { action: () => 1, compensation: () => {} })
  await work(backstep, [saga], {
    observer: {
      stepEnded: throwing,
      sagaSettled: throwing,
      leaseTakenOver: throwing,
      dispatchFailed: throwing,
      swept: throwing,
    },
  })
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
})
