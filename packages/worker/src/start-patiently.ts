import { setTimeout as sleep } from 'node:timers/promises'

import {
  BackstepError,
  formatDuration,
  isBackstepError,
  startWorker,
  type Logger,
  type RunningWorker,
  type StartWorkerOptions,
} from '@backstep/engine'

/** How to wait for Postgres. */
export interface PatienceOptions {
  readonly logger: Logger
  /** Ends the waiting. */
  readonly signal: AbortSignal
}

const firstPauseMs = 500
const longestPauseMs = 5_000

/**
 * Starts a worker, and waits for a Postgres that is away or not yet migrated for as long as it takes.
 *
 * @throws BackstepError `WORKER_STOPPED` when the signal is aborted first; and at once whatever waiting does not mend, such
 *   as `DEFINITION_CHANGED`
 */
export async function startPatiently(
  options: StartWorkerOptions,
  { logger, signal }: PatienceOptions,
): Promise<RunningWorker> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await startUnlessAborted(options, signal)
    } catch (error) {
      if (!isPassing(error)) throw error
      logger.warn(
        { err: error },
        `the worker cannot start yet; trying again in ${formatDuration(pauseMs)}`,
      )
    }
    await pause(pauseMs, signal)
  }
}

function isPassing(error: unknown): boolean {
  return (
    isBackstepError(error, 'DATABASE_UNAVAILABLE') ||
    isBackstepError(error, 'DATABASE_NOT_MIGRATED')
  )
}

/** A start that hangs must not keep the process from ending; should it succeed later, that worker is stopped again. */
async function startUnlessAborted(
  options: StartWorkerOptions,
  signal: AbortSignal,
): Promise<RunningWorker> {
  if (signal.aborted) throw stopped()
  const starting = startWorker(options)
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => {
    starting.then(
      (worker) => worker.stop(),
      () => {},
    )
    reject(stopped())
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([starting, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Ends early when the signal is aborted. Node's own timer takes its listener off again, however often it is asked. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}

function stopped(): BackstepError {
  return new BackstepError('WORKER_STOPPED', 'The worker was told to stop before it had started.')
}
