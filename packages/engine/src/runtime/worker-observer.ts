import type { Logger } from '../ports/logger.ts'
import type { Circuit } from './circuits.ts'

/**
 * What a worker tells whoever measures it. All methods are called synchronously on the hot path: count, do not work. What an
 * observer throws is logged, and harms no saga.
 */
export interface WorkerObserver {
  /** A handler ended, or was given up. */
  stepEnded(event: StepEnded): void
  /** A saga reached an end, or got stuck, under this worker's hands. */
  sagaSettled(event: SagaSettled): void
  /** The journal has it now that a saga's deadline has passed; behind its pivot nothing else tells of it. */
  deadlinePassed(event: { readonly saga: string }): void
  /** This worker took a task over from one whose lease had run out. */
  leaseTakenOver(event: { readonly queue: string }): void
  /** A step's circuit has come to another state in this process; told of at the start, too, where it is not closed. */
  circuitChanged(event: Circuit): void
  /** An attempt was kept back by the circuit of its step: its task waits. */
  attemptDelayed(event: { readonly saga: string; readonly step: string }): void
  /** A hint could not be sent; a sweep will find the tasks. */
  dispatchFailed(event: { readonly hints: number }): void
  /** A free place of this worker found no room in a limited queue; its tasks are as due as before. */
  claimsRefused(event: ClaimsRefused): void
  /** The sweep has gone round once, with or without success: it does not hang. */
  swept(): void
}

/** A limit that is used up, whether or not somebody waits. */
export interface ClaimsRefused {
  readonly queue: string
  readonly by: 'concurrency' | 'rate'
}

/** One attempt at one handler. */
export interface StepEnded {
  readonly saga: string
  readonly step: string
  readonly kind: 'action' | 'fallback' | 'probe' | 'compensation'
  /** Of a probe: `succeeded` and `rejected` are what it says of the action, `failed` that it could not tell. */
  readonly outcome: 'succeeded' | 'rejected' | 'failed'
  readonly durationMs: number
}

/** Where a saga came to. */
export interface SagaSettled {
  readonly saga: string
  readonly status: 'completed' | 'compensated' | 'partially_compensated' | 'abandoned' | 'stuck'
}

/** All methods of an observer that may have only some, and none that throws: a counter must not cost a turn its claim. */
export function guardedObserver(observer: Partial<WorkerObserver>, logger: Logger): WorkerObserver {
  const guarded = (tell: () => void): void => {
    try {
      tell()
    } catch (error) {
      logger.error({ err: error }, 'the observer of the worker threw')
    }
  }
  return {
    stepEnded: (event) => guarded(() => observer.stepEnded?.(event)),
    sagaSettled: (event) => guarded(() => observer.sagaSettled?.(event)),
    deadlinePassed: (event) => guarded(() => observer.deadlinePassed?.(event)),
    leaseTakenOver: (event) => guarded(() => observer.leaseTakenOver?.(event)),
    circuitChanged: (event) => guarded(() => observer.circuitChanged?.(event)),
    attemptDelayed: (event) => guarded(() => observer.attemptDelayed?.(event)),
    dispatchFailed: (event) => guarded(() => observer.dispatchFailed?.(event)),
    claimsRefused: (event) => guarded(() => observer.claimsRefused?.(event)),
    swept: () => guarded(() => observer.swept?.()),
  }
}
