import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../../packages/engine/src/runtime/system-clock.ts'

/** The longest time that one timer of Node's can wait; a longer one goes off at once. */
const longestTimerMs = 2_147_483_647
const dayMs = 86_400_000

beforeEach(() => {
  // Timers of Node's, overflow included, on a time that the test moves.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

test('a callback is called once, when its time has come', () => {
  const called = vi.fn<() => void>()
  systemClock.after(1_000, called)
  vi.advanceTimersByTime(999)
  expect(called).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(called).toHaveBeenCalledOnce()
  vi.advanceTimersByTime(dayMs)
  expect(called).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})

test.each([
  ['as long as a timer can wait', longestTimerMs],
  ['a millisecond longer', longestTimerMs + 1],
  ['ninety days', 90 * dayMs],
])('a callback after %s is called then, and not at once', (_, ms) => {
  const called = vi.fn<() => void>()
  systemClock.after(ms, called)
  vi.advanceTimersByTime(ms - 1)
  expect(called).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(called).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})

test.each([
  ['soon', 10, 5],
  ['in ninety days, before a single timer could have waited for it', 90 * dayMs, 5],
  ['in ninety days, in its second timer', 90 * dayMs, 30 * dayMs],
  ['in ninety days, in its last timer', 90 * dayMs, 80 * dayMs],
])('a callback that was due %s is called off, and leaves no timer', (_, ms, afterMs) => {
  const called = vi.fn<() => void>()
  const callOff = systemClock.after(ms, called)
  vi.advanceTimersByTime(afterMs)
  expect(vi.getTimerCount()).toBe(1)
  callOff()
  callOff()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(100 * dayMs)
  expect(called).not.toHaveBeenCalled()
})

test('to call off what was called changes nothing', () => {
  const called = vi.fn<() => void>()
  const callOff = systemClock.after(10, called)
  vi.advanceTimersByTime(10)
  callOff()
  expect(called).toHaveBeenCalledOnce()
})

test('a sleep of ninety days is one, and an abort ends it and leaves no timer', async () => {
  const abort = new AbortController()
  let woken = false
  const slept = systemClock.sleep(90 * dayMs, abort.signal).then(() => (woken = true))
  await vi.advanceTimersByTimeAsync(60 * dayMs)
  expect(woken).toBe(false)
  abort.abort()
  await slept
  expect(vi.getTimerCount()).toBe(0)
})

test('no time at all, or a signal that is aborted, is no sleep', async () => {
  await systemClock.sleep(0)
  await systemClock.sleep(-1)
  await systemClock.sleep(dayMs, AbortSignal.abort())
  expect(vi.getTimerCount()).toBe(0)
})
