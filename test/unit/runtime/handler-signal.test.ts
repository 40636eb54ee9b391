import { expect, onTestFinished, test, vi } from 'vitest'
import type { ManualClock } from '../../../packages/engine/src/memory/index.ts'
import { Stop } from '../../../packages/engine/src/runtime/stop.ts'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { ClockedEngine, settled, type ClockedProcess } from './clocked-engine.ts'
import { aborted, gate } from './gate.ts'
import { anyInput, audit, defineSaga } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

/** How a handler at work is told to stop. */
interface Telling {
  readonly scene: ClockedEngine
  readonly process: ClockedProcess
  readonly sagaId: string
  /** Lets no heartbeat and no takeover through any more. */
  readonly cutOff: () => void
  readonly stop: () => Promise<void>
}

/** The reason, how it comes about, and when a handler must have been told: in milliseconds, within the grace of 5 s. */
type Case = readonly [string, (telling: Telling) => Promise<unknown>, number]

const tellings: readonly Case[] = [
  ['timeout', ({ scene }) => scene.clock.advance(30_000), 26_000],
  [
    'canceled',
    async ({ process, sagaId, scene }) => {
      await process.backstep.cancel(sagaId, audit)
      await scene.clock.advance(4_000)
    },
    4_000,
  ],
  [
    'lease_lost',
    async ({ cutOff, scene }) => {
      cutOff()
      await scene.clock.advance(14_000)
    },
    11_000,
  ],
  ['shutdown', async ({ stop }) => stop(), 20_000],
]

/** A handler at work, and what it is told by. */
async function atWork(
  action: (context: { readonly signal: AbortSignal }, clock: ManualClock) => Promise<void>,
): Promise<Telling> {
  const scene = new ClockedEngine()
  let cut = false
  const process = scene.process(async ({ method, pass }) => {
    if (cut && (method === 'heartbeat' || method === 'takeOver')) return []
    return pass()
  })
  const saga = order.step('pay', {
    action: (context) => action(context, scene.clock),
    compensation: () => {},
    timeout: '25s',
  })
  const worker = await process.work([saga])
  const { sagaId } = await process.backstep.start(saga, { input: {} })
  await settled()
  const cutOff = (): void => void (cut = true)
  return { scene, process, sagaId, cutOff, stop: () => process.stop(worker) }
}

test.each(tellings)(
  'a handler learns from its signal that it is to stop: %s',
  async (reason, tell) => {
    const reasons: unknown[] = []
    const telling = await atWork(async ({ signal }) => {
      await aborted(signal)
      reasons.push(signal.reason)
    })
    expect(reasons).toEqual([])
    await tell(telling)
    await settled()
    expect(reasons).toEqual([reason])
  },
)

test.each(tellings)(
  'a handler that looks at its signal only after it was told finds it aborted: %s',
  async (reason, tell, toldByMs) => {
    const made = vi.spyOn(Stop.prototype, 'signal', 'get')
    onTestFinished(() => made.mockRestore())
    const seen: unknown[] = []
    const telling = await atWork(async (context, clock) => {
      await clock.sleep(toldByMs)
      const before = made.mock.calls.length
      const { signal } = context
      seen.push(before, signal.aborted, signal.reason)
    })
    await tell(telling)
    await settled()
    expect(seen).toEqual([0, true, reason])
  },
)

test('a handler that never looks at its signal gets none made', async () => {
  const made = vi.spyOn(Stop.prototype, 'signal', 'get')
  onTestFinished(() => made.mockRestore())
  const process = new ClockedEngine().process()
  const saga = order
    .step('one', { action: ({ attempt }) => attempt, compensation: ({ outcome }) => void outcome })
    .step('two', {
      action: () => {
        throw reject('declined', 'No.')
      },
      compensation: () => {},
    })
  await process.work([saga])
  const { result } = await process.backstep.start(saga, { input: {} })
  await expect(result()).resolves.toMatchObject({ status: 'compensated' })
  expect(made).not.toHaveBeenCalled()
})

test('of all handlers of a turn only the one at work is told', async () => {
  const told = vi.spyOn(Stop.prototype, 'tell')
  onTestFinished(() => told.mockRestore())
  const process = new ClockedEngine().process()
  const started = gate()
  const step = { action: () => 1, compensation: () => {} }
  const saga = order
    .step('one', step)
    .step('two', step)
    .step('three', {
      action: async ({ signal }) => {
        started.open()
        await aborted(signal)
      },
      compensation: () => {},
      timeout: '1h',
    })
  const worker = await process.work([saga])
  await process.backstep.start(saga, { input: {} })
  await started.passed
  await process.stop(worker)
  // The claim, and the attempt under it.
  expect(told.mock.calls).toEqual([['shutdown'], ['shutdown']])
})

test('a copy of the context has the signal, and each attempt has its own', async () => {
  const scene = new ClockedEngine()
  const process = scene.process()
  const signals: AbortSignal[] = []
  const saga = order.step('one', {
    action: async (context) => {
      const copy = { ...context }
      expect(copy.signal).toBe(context.signal)
      signals.push(copy.signal)
      if (copy.attempt === 1) await aborted(copy.signal)
      if (copy.attempt === 1) throw new Error('interrupted')
    },
    compensation: () => {},
    timeout: '1s',
    retry: { initialInterval: '10ms', jitter: 'none' },
  })
  await process.work([saga])
  const { result } = await process.backstep.start(saga, { input: {} })
  await settled()
  await scene.clock.advance(3_000)
  await expect(result()).resolves.toMatchObject({ status: 'completed' })
  expect(signals.map(({ aborted: was, reason }) => [was, reason])).toEqual([
    [true, 'timeout'],
    [false, undefined],
  ])
})

test('a compensation is told of its time-out, and not of a cancel', async () => {
  const scene = new ClockedEngine()
  const process = scene.process()
  const reasons: unknown[] = []
  const saga = order.step('one', {
    action: () => {
      throw new Error('lost')
    },
    compensation: async ({ signal, attempt }) => {
      if (attempt > 1) return
      await aborted(signal)
      reasons.push(signal.reason)
      throw new Error('interrupted')
    },
    compensationOptions: { timeout: '20s', retry: { initialInterval: '10ms', jitter: 'none' } },
    retry: { maximumAttempts: 1 },
  })
  await process.work([saga])
  const { sagaId, result } = await process.backstep.start(saga, { input: {} })
  await settled()
  await process.backstep.cancel(sagaId, audit)
  await scene.clock.advance(10_000)
  expect(reasons).toEqual([])
  await scene.clock.advance(15_000)
  await expect(result()).resolves.toMatchObject({ status: 'compensated' })
  expect(reasons).toEqual(['timeout'])
})
