import { expect, test } from 'vitest'
import { ManualClock } from '../../../packages/engine/src/memory/index.ts'
import { runHandler, type HandlerEnd } from '../../../packages/engine/src/runtime/run-handler.ts'
import { Stop } from '../../../packages/engine/src/runtime/stop.ts'
import { gate, never } from './gate.ts'

const timeoutMs = 1_000
const abortGraceMs = 100

/** A handler at work on a clock that stands still. */
function begin(handler: (stop: Stop) => Promise<string>) {
  const clock = new ManualClock()
  const stop = new Stop()
  const ends: HandlerEnd<string>[] = []
  const run = runHandler({ call: handler, timeoutMs, abortGraceMs, stop, clock })
  const ended = run.then((end) => void ends.push(end))
  return { clock, stop, ends, ended }
}

test('what a handler returns is its end, and leaves no timer', async () => {
  const { clock, ends, ended } = begin(async () => 'done')
  expect(clock.sleeping).toBe(1)
  await ended
  expect(ends).toEqual([{ type: 'returned', value: 'done' }])
  expect(clock.sleeping).toBe(0)
})

test('what a handler throws, even before it waits for anything, has no reason of ours', async () => {
  const error = new Error('no')
  const { clock, ends, ended } = begin(() => {
    throw error
  })
  await ended
  expect(ends).toEqual([{ type: 'threw', error, reason: null }])
  expect(clock.sleeping).toBe(0)
})

test('a handler is told when its time is over, and not before', async () => {
  const { clock, stop, ends } = begin(() => never)
  await clock.advance(timeoutMs - 1)
  expect(stop.reason).toBeNull()
  await clock.advance(1)
  expect(stop.reason).toBe('timeout')
  await clock.advance(abortGraceMs - 1)
  expect(ends).toEqual([])
  await clock.advance(1)
  expect(ends).toMatchObject([{ type: 'unsettled', reason: 'timeout' }])
  expect(clock.sleeping).toBe(0)
})

test.each(['canceled', 'shutdown', 'lease_lost'] as const)(
  'a handler that was told "%s" has the grace from then on, and no time-out any more',
  async (reason) => {
    const { clock, stop, ends } = begin(() => never)
    await clock.advance(timeoutMs - 1)
    stop.tell(reason)
    expect(clock.sleeping).toBe(1)
    await clock.advance(abortGraceMs - 1)
    expect(ends).toEqual([])
    await clock.advance(1)
    expect(ends).toMatchObject([{ type: 'unsettled', reason }])
    expect(clock.sleeping).toBe(0)
  },
)

test('what a handler returns within the grace counts', async () => {
  const finish = gate()
  const { clock, stop, ends, ended } = begin(async () => {
    await finish.passed
    return 'late'
  })
  stop.tell('shutdown')
  await clock.advance(abortGraceMs - 1)
  finish.open()
  await ended
  expect(ends).toEqual([{ type: 'returned', value: 'late' }])
  expect(clock.sleeping).toBe(0)
})

test('what a handler throws within the grace has the reason for which it was told', async () => {
  const error = new Error('interrupted')
  const { clock, ends, ended } = begin(async (stop) => {
    await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }))
    throw error
  })
  await clock.advance(timeoutMs)
  await ended
  expect(ends).toEqual([{ type: 'threw', error, reason: 'timeout' }])
  expect(clock.sleeping).toBe(0)
})

test('what a handler comes to after the grace is told to whoever waits for it', async () => {
  const finish = gate()
  const { clock, ends } = begin(async () => {
    await finish.passed
    return 'very late'
  })
  await clock.advance(timeoutMs + abortGraceMs)
  const [end] = ends
  finish.open()
  await expect(end?.type === 'unsettled' ? end.settled : null).resolves.toEqual({
    type: 'returned',
    value: 'very late',
  })
})

test('a handler that was told before it began has the grace, and nothing else', async () => {
  const clock = new ManualClock()
  const stop = new Stop()
  stop.tell('canceled')
  const seen: unknown[] = []
  const run = runHandler({
    call: async ({ signal }) => {
      seen.push(signal.aborted, signal.reason)
      return never
    },
    timeoutMs,
    abortGraceMs,
    stop,
    clock,
  })
  expect(clock.sleeping).toBe(1)
  await clock.advance(abortGraceMs)
  await expect(run).resolves.toMatchObject({ type: 'unsettled', reason: 'canceled' })
  expect(seen).toEqual([true, 'canceled'])
})

test('to tell what has ended sets no timer', async () => {
  for (const handler of [async () => 'done', () => Promise.reject(new Error('no'))]) {
    const { clock, stop, ended } = begin(handler)
    await ended
    stop.tell('shutdown')
    expect(clock.sleeping).toBe(0)
  }
})
