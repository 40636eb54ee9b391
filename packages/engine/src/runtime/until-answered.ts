import { isBackstepError } from '../core/backstep-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

/** What it takes to try again. */
export interface Persistence {
  readonly clock: Clock
  readonly logger: Logger
  /** Aborted when trying again is to end. */
  readonly signal: AbortSignal
  /** No try begins after this moment of the clock; without it there is no such moment. */
  readonly giveUpAtMs?: number
}

const longestPauseMs = 1_000

/**
 * Repeats one and the same statement until Postgres has answered it. A lost connection leaves open whether it was carried
 * out, so it must be a statement that is safe to repeat; deciding anew instead could decide twice.
 *
 * @throws what the operation threw, when that was no failure of the connection, or when trying again is to end
 */
export function untilAnswered<T>(
  operation: () => Promise<T>,
  persistence: Persistence,
): Promise<T> {
  // Nearly always the first try is answered: it costs no frame of its own.
  return operation().catch((error: unknown) => again(operation, persistence, error))
}

async function again<T>(
  operation: () => Promise<T>,
  persistence: Persistence,
  first: unknown,
): Promise<T> {
  let error = first
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    if (!isBackstepError(error, 'DATABASE_UNAVAILABLE') || isOver(persistence)) throw error
    const { clock, logger, signal } = persistence
    logger.warn({ err: error, pauseMs }, 'Postgres did not answer; the same statement goes again')
    await clock.sleep(pauseMs, signal)
    try {
      return await operation()
    } catch (next) {
      error = next
    }
  }
}

function isOver({ clock, signal, giveUpAtMs }: Persistence): boolean {
  return signal.aborted || (giveUpAtMs !== undefined && clock.monotonicMs() >= giveUpAtMs)
}
