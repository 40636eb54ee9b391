import { BackstepError } from '../core/backstep-error.ts'
import { plannedSteps } from '../core/plan-steps.ts'
import type { RegisteredSaga } from '../definition/saga-definition.ts'
import { validateDefinition } from '../definition/validate-definition.ts'
import type { Backstep } from './backstep.ts'
import { checkText } from './check-id.ts'
import { positiveInteger, workerSettings, type WorkerTuning } from './settings.ts'
import { Worker, type DispatchStatus } from './worker.ts'
import { guardedObserver, type WorkerObserver } from './worker-observer.ts'

/** What a worker runs. */
export interface StartWorkerOptions extends WorkerTuning {
  readonly backstep: Backstep
  /** The definitions whose steps this worker can run, each version for itself. */
  readonly sagas: readonly RegisteredSaga[]
  /** The queues to take tasks from; unless set, all that the sagas name. Workers of one queue must know the same sagas. */
  readonly queues?: readonly string[]
  /** Turns at once. Default 200. */
  readonly concurrency?: number
  /** Told what the worker does, to measure it. */
  readonly observer?: Partial<WorkerObserver>
}

/** A worker at work. */
export interface RunningWorker {
  readonly queues: readonly string[]
  /** How many turns are under way. */
  readonly active: number
  /** How tasks come to it at present: by the hints of the queue, or without. */
  readonly dispatch: DispatchStatus
  /** Ends it: no more tasks are taken, what runs is finished or handed back. Safe to call again. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a worker in this process. It installs no signal handlers: call `stop` from your own.
 *
 * @throws BackstepError `DEFINITION_CHANGED`, `CONFIGURATION_INVALID`, `DATABASE_UNAVAILABLE`; nothing was taken then
 */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  const { backstep, sagas, concurrency = 200, observer = {} } = options
  const { engine, circuits, registry, hints, locals, limits, waiters } = backstep.shared
  const settings = workerSettings(options)
  const queues = queuesOf(options)
  const worker = new Worker({
    engine,
    circuits,
    registry,
    hints,
    locals,
    limits,
    sagas,
    queues,
    concurrency: positiveInteger('concurrency', concurrency),
    settings,
    observer: guardedObserver(observer, engine.logger),
    onEnded: (saga) => waiters.deliver(saga),
  })
  await worker.start()
  return {
    queues,
    get active() {
      return worker.active
    },
    get dispatch() {
      return worker.dispatch
    },
    stop: () => worker.stop(),
  }
}

function queuesOf({ sagas, queues }: StartWorkerOptions): readonly string[] {
  if (sagas.length === 0) {
    throw new BackstepError(
      'CONFIGURATION_INVALID',
      'The worker has no sagas; pass at least one saga definition.',
    )
  }
  const named = new Set(
    sagas
      .map(validateDefinition)
      .flatMap(({ plan }) => plannedSteps(plan).map(({ node }) => node.queue)),
  )
  if (queues === undefined) return [...named]
  const wanted = [...new Set(queues.map((queue) => checkText(queue, 'queue')))]
  const idle = wanted.filter((queue) => !named.has(queue))
  if (wanted.length > 0 && idle.length === 0) return wanted
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    `The worker is to take ${quoted(wanted)}, but its sagas use ${quoted([...named])}; name only these, or leave "queues" out to take them all.`,
  )
}

function quoted(queues: readonly string[]): string {
  return queues.length === 0 ? 'no queue' : queues.map((queue) => `"${queue}"`).join(', ')
}
