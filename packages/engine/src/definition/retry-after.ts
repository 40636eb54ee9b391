import { types } from 'node:util'
import { BackstepError } from '../core/backstep-error.ts'
import { longestDurationMs, parseDuration, type Duration } from '../core/duration.ts'
import { codeOfError } from './code-of-error.ts'

/** An error that says when it makes sense to try again. Its code and message are those of its cause, where that has them. */
export class RetryAfter extends Error {
  override readonly name = 'RetryAfter'
  /** Tells it from any other error, whichever copy of this package made it. */
  readonly '~backstepRetryAfter' = true
  readonly code: string
  /** Milliseconds, or the time itself. */
  readonly wait: number | Date

  constructor(wait: number | Date, cause: unknown) {
    const text = cause instanceof Error ? cause.message : ''
    super(text === '' ? 'The participant asks to be called again later.' : text, { cause })
    this.code = codeOfError(cause) ?? 'retry_after'
    this.wait = wait
  }
}

/**
 * Makes the error that a handler throws when it knows how long to wait: `throw retryAfter('30s', error)`. The attempt has
 * failed as with any other error; the next one comes no sooner than that, and later where the retry policy says so. Where
 * the step's `totalTimeout` would be over by then, there is no next one.
 *
 * @param wait a duration, milliseconds, or a time
 * @param cause what the participant said; its `code` chooses the budget in `retry.byCode`
 * @throws BackstepError `DURATION_INVALID`
 */
export function retryAfter(wait: Duration | number | Date, cause?: unknown): RetryAfter {
  if (typeof wait === 'string') return new RetryAfter(parseDuration(wait, 'retryAfter'), cause)
  const ms = types.isDate(wait) ? wait.getTime() : wait
  const fits = types.isDate(wait) ? Number.isFinite(ms) : ms >= 0 && ms <= longestDurationMs
  if (fits) return new RetryAfter(wait, cause)
  throw new BackstepError(
    'DURATION_INVALID',
    `retryAfter is ${String(wait)}; pass a duration such as "30s", milliseconds from 0, or a valid Date.`,
  )
}

/**
 * How long an error asks to wait, in whole milliseconds; undefined when it does not. May throw, if a getter of it does.
 *
 * @param now in milliseconds since 1970
 */
export function retryAfterMsOf(error: unknown, now: number): number | undefined {
  if (!(error instanceof Error && '~backstepRetryAfter' in error && 'wait' in error))
    return undefined
  const { wait } = error
  const ms = types.isDate(wait) ? wait.getTime() - now : wait
  if (typeof ms !== 'number' || Number.isNaN(ms)) return undefined
  return Math.round(Math.min(Math.max(0, ms), longestDurationMs))
}
