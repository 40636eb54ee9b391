import { BackstepError } from '../core/backstep-error.ts'
import { parseDuration, type Duration } from '../core/duration.ts'

/** The knobs of a worker, as people set them. What is left out has its default; docs/configuration.md lists them. */
export interface WorkerTuning {
  /** How long a claim is good without a heartbeat. Default `10s`. */
  readonly lease?: Duration
  /** How often claims are extended; at most a third of the lease. Default `3s`. */
  readonly heartbeat?: Duration
  /** How often the worker looks for work that no hint has brought. Default `1s`. */
  readonly sweep?: Duration
  /** How long a sweep leaves a new task to the queue. Default `2s`. */
  readonly dispatchGrace?: Duration
  /** How long a handler may take to settle once its signal is aborted. Default `5s`. */
  readonly abortGrace?: Duration
  /** How long `stop` waits for handlers at work. Default `25s`. */
  readonly shutdownGrace?: Duration
  /**
   * How much one job of the queue does: `steps` runs consecutive steps of its queue within the limits below, `step` runs one,
   * so that every step is a job of its own. Default `steps`.
   */
  readonly turn?: 'steps' | 'step'
  /**
   * Whether this worker takes the first turn of a saga that is started in its own process right away, without the queue,
   * when it has room. Default true; never with `turn: 'step'`.
   */
  readonly eagerFirstTurn?: boolean
  /** Steps that one turn runs at most before others have theirs. Default 50. */
  readonly maxStepsPerTurn?: number
  /** Time after which a turn begins no further step. Default `1s`. */
  readonly maxTurn?: Duration
}

/** The same in milliseconds, complete. */
export interface WorkerSettings {
  readonly leaseMs: number
  readonly heartbeatMs: number
  readonly sweepMs: number
  readonly dispatchGraceMs: number
  readonly abortGraceMs: number
  readonly shutdownGraceMs: number
  readonly maxStepsPerTurn: number
  readonly maxTurnMs: number
  readonly eagerFirstTurn: boolean
}

/** How long a sweep leaves a new task to the queue, unless set otherwise. */
export const defaultDispatchGraceMs = 2_000

/** With less, the time between a deadline here and the lease's end in Postgres is too short to be noticed. */
const shortestLeaseMs = 150

/**
 * Completes and checks a worker's tuning.
 *
 * @throws BackstepError `DURATION_INVALID`, or `CONFIGURATION_INVALID` where values do not fit together
 */
export function workerSettings(tuning: WorkerTuning): WorkerSettings {
  const read = (name: keyof WorkerTuning, fallback: Duration): number => {
    const given = tuning[name]
    return parseDuration(typeof given === 'string' ? given : fallback, `The worker's ${name}`)
  }
  const settings = {
    leaseMs: read('lease', '10s'),
    heartbeatMs: read('heartbeat', '3s'),
    sweepMs: read('sweep', '1s'),
    dispatchGraceMs: read('dispatchGrace', `${defaultDispatchGraceMs}ms`),
    abortGraceMs: read('abortGrace', '5s'),
    shutdownGraceMs: read('shutdownGrace', '25s'),
    maxStepsPerTurn: positiveInteger('maxStepsPerTurn', tuning.maxStepsPerTurn ?? 50),
    maxTurnMs: read('maxTurn', '1s'),
    eagerFirstTurn: tuning.eagerFirstTurn ?? true,
    ...turnSettings(tuning),
  }
  if (settings.leaseMs < shortestLeaseMs) {
    throw new BackstepError(
      'CONFIGURATION_INVALID',
      `The worker's lease is ${settings.leaseMs} ms; set at least ${shortestLeaseMs} ms, or a busy process loses claims that it works on.`,
    )
  }
  if (settings.heartbeatMs * 3 > settings.leaseMs) {
    throw new BackstepError(
      'CONFIGURATION_INVALID',
      `The worker's heartbeat (${settings.heartbeatMs} ms) is more than a third of its lease (${settings.leaseMs} ms); set a longer lease or a shorter heartbeat.`,
    )
  }
  return settings
}

/** What `turn: 'step'` means; nothing for the default. */
function turnSettings({ turn = 'steps' }: WorkerTuning): Partial<WorkerSettings> {
  if (turn === 'steps') return {}
  if (turn === 'step') return { maxStepsPerTurn: 1, eagerFirstTurn: false }
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    `The worker's turn is ${JSON.stringify(turn)}; set "steps" or "step".`,
  )
}

/** A whole number of at least 1, or a `CONFIGURATION_INVALID` that names it. */
export function positiveInteger(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    `The worker's ${name} is ${String(value)}; set a whole number of at least 1.`,
  )
}
