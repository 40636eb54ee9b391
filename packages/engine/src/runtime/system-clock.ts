import type { Clock } from '../ports/clock.ts'

/** Longest time that one timer of Node's can wait. */
const longestTimerMs = 2_147_483_647

/** The real thing. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  after,
  async sleep(ms, signal) {
    if (ms <= 0 || signal?.aborted === true) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const callOff = after(ms, resolve)
    const wake = (): void => resolve()
    signal?.addEventListener('abort', wake, { once: true })
    await promise
    callOff()
    signal?.removeEventListener('abort', wake)
  },
}

function after(ms: number, callback: () => void): () => void {
  if (ms <= longestTimerMs) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  }
  let callOff = after(longestTimerMs, () => {
    callOff = after(ms - longestTimerMs, callback)
  })
  return () => callOff()
}
