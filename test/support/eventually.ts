import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 100

/** How long to keep trying, and what to say when time is up. */
export type EventuallyOptions = {
  /** 10 s unless said otherwise. */
  readonly timeoutMs?: number
  /** What is waited for, for the message: "the saga is stuck". */
  readonly what?: string
}

/**
 * Waits until `probe` returns without throwing, and gives back what it returned. A test states its
 * expectation inside and never guesses a time to sleep. When the deadline passes, it throws with
 * the last failure as its cause and in its message.
 */
export const eventually = async <T>(
  probe: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<T> => {
  const { timeoutMs = 10_000, what = 'the expectation' } = options
  const deadline = performance.now() + timeoutMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await probe()
    } catch (cause) {
      if (performance.now() + pauseMs > deadline) {
        const last = cause instanceof Error ? cause.message : String(cause)
        throw new Error(`After ${timeoutMs} ms, ${what} did not hold: ${last}`, { cause })
      }
    }
    await sleep(pauseMs)
  }
}
