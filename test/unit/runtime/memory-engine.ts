import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { eventually } from '../../support/eventually.ts'
import type { SagaEvent } from '../../../packages/engine/src/core/event.ts'
import type { RegisteredSaga } from '../../../packages/engine/src/definition/saga-definition.ts'
import { defineSaga } from '../../../packages/engine/src/definition/define-saga.ts'
import {
  ClockedBreakers,
  MemoryStore,
  MemoryTaskQueue,
} from '../../../packages/engine/src/memory/index.ts'
import type { SagaRow } from '../../../packages/engine/src/ports/saga-queries.ts'
import type { SagaStore } from '../../../packages/engine/src/ports/saga-store.ts'
import { Backstep } from '../../../packages/engine/src/runtime/backstep.ts'
import type { Engine } from '../../../packages/engine/src/runtime/engine.ts'
import type { WorkerTuning } from '../../../packages/engine/src/runtime/settings.ts'
import { silentLogger } from '../../../packages/engine/src/runtime/silent-logger.ts'
import {
  startWorker,
  type RunningWorker,
  type StartWorkerOptions,
} from '../../../packages/engine/src/runtime/start-worker.ts'
import { systemClock } from '../../../packages/engine/src/runtime/system-clock.ts'
import { systemIds } from '../../../packages/engine/src/runtime/system-ids.ts'

export { defineSaga }

/** Short enough for a test, in the same proportions as the defaults. */
export const quickTuning: WorkerTuning = {
  lease: '300ms',
  heartbeat: '60ms',
  sweep: '20ms',
  dispatchGrace: '40ms',
  abortGrace: '50ms',
  shutdownGrace: '2s',
}

/** The input of sagas that do not care for it. */
export const anyInput = z.object({})

/** A retry at once, or as good as. */
export const soon = { initialInterval: '1ms', jitter: 'none' } as const

/** Who asks, and why. */
export const audit = { actor: 'ann', reason: 'a test' }

export interface MemoryEngine {
  readonly backstep: Backstep
  readonly engine: Engine
  readonly store: MemoryStore
}

/** The whole engine in this process: real runtime, real time, memory for Postgres and for Redis. */
export function memoryEngine(overrides: Partial<Engine> = {}): MemoryEngine {
  const store = new MemoryStore({ now: () => Date.now() })
  return { ...engineOn(store, overrides), store }
}

/** The engine on a store that somebody else may have as well: another process, or one whose store fails at times. */
export function engineOn(
  store: MemoryStore,
  overrides: Partial<Engine> = {},
): Omit<MemoryEngine, 'store'> {
  const queue = overrides.queue ?? new MemoryTaskQueue()
  const engine: Engine = {
    sagas: impatient(store),
    tasks: store,
    transactions: store,
    definitions: store,
    queries: store,
    limits: store,
    pauses: store,
    queue,
    breakers: new ClockedBreakers(),
    clock: systemClock,
    ids: systemIds,
    logger: silentLogger,
    ...overrides,
  }
  const backstep = new Backstep(engine, () => queue.close())
  onTestFinished(() => backstep.close())
  return { backstep, engine }
}

/** Starts are found by a sweep as soon as everything else is: the client itself cannot be tuned. */
function impatient(store: MemoryStore): SagaStore {
  return {
    start: (batch, options) => {
      const hurried = batch.map((record) => {
        const { dispatchGraceMs } = record.task
        return {
          ...record,
          task: { ...record.task, dispatchGraceMs: Math.min(40, dispatchGraceMs) },
        }
      })
      return store.start(hurried, options)
    },
    append: (batch) => store.append(batch),
    request: (record) => store.request(record),
    readJournal: (sagaId, afterSeq) => store.readJournal(sagaId, afterSeq),
  }
}

/** A worker with quick tuning that ends with the test. */
export async function work(
  backstep: Backstep,
  sagas: readonly RegisteredSaga[],
  options: Partial<StartWorkerOptions> = {},
): Promise<RunningWorker> {
  const worker = await startWorker({ backstep, sagas, ...quickTuning, ...options })
  onTestFinished(() => worker.stop())
  return worker
}

/** All events of a saga's journal, in order. */
export async function eventsOf(backstep: Backstep, sagaId: string): Promise<readonly SagaEvent[]> {
  const { journal } = await backstep.describe(sagaId)
  return journal.flatMap(({ events }) => events)
}

/** Their types only. */
export async function typesOf(
  backstep: Backstep,
  sagaId: string,
): Promise<readonly SagaEvent['type'][]> {
  return (await eventsOf(backstep, sagaId)).map(({ type }) => type)
}

/** Waits until a saga's journal has an event of that type, and gives it back. */
export async function eventOf(
  backstep: Backstep,
  sagaId: string,
  type: SagaEvent['type'],
): Promise<SagaEvent> {
  return eventually(async () => {
    const found = (await eventsOf(backstep, sagaId)).find((event) => event.type === type)
    if (found === undefined) throw new Error(`There is no ${type} yet.`)
    return found
  })
}

/** Waits until a saga is stuck, and gives its row back. */
export async function stuckRow(backstep: Backstep, sagaId: string): Promise<SagaRow> {
  return eventually(async () => {
    const row = await backstep.get(sagaId)
    if (row.status !== 'stuck') throw new Error(`The saga is ${row.status}.`)
    return row
  })
}
