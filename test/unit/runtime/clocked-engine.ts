import { setImmediate } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import type { SagaEvent } from '../../../packages/engine/src/core/event.ts'
import type { RegisteredSaga } from '../../../packages/engine/src/definition/saga-definition.ts'
import {
  ClockedBreakers,
  ManualClock,
  MemoryStore,
  MemoryTaskQueue,
} from '../../../packages/engine/src/memory/index.ts'
import type {
  AppendRecord,
  RequestRecord,
  StartOptions,
  StartRecord,
} from '../../../packages/engine/src/ports/saga-store.ts'
import type { Logger } from '../../../packages/engine/src/ports/logger.ts'
import type { TaskQueue } from '../../../packages/engine/src/ports/task-queue.ts'
import type { TaskHint } from '../../../packages/engine/src/ports/task-store.ts'
import { Backstep } from '../../../packages/engine/src/runtime/backstep.ts'
import { silentLogger } from '../../../packages/engine/src/runtime/silent-logger.ts'
import {
  startWorker,
  type RunningWorker,
  type StartWorkerOptions,
} from '../../../packages/engine/src/runtime/start-worker.ts'
import { systemIds } from '../../../packages/engine/src/runtime/system-ids.ts'
import { interceptedStore, type Interceptor } from './intercepted-store.ts'

/** A store and processes that share it, all on one clock that stands still until the test moves it. */
export class ClockedEngine {
  readonly clock: ManualClock = new ManualClock()
  readonly store: MemoryStore = new MemoryStore({ now: () => this.clock.wallMs() })

  /** A process with a client of its own; somebody may stand between it and the store, and it may have a queue of its own. */
  process(intercept: Interceptor = ({ pass }) => pass(), ports: ProcessPorts = {}): ClockedProcess {
    return new ClockedProcess(this, intercept, ports)
  }

  /** The types of a saga's events, row by row. */
  async rows(sagaId: string): Promise<readonly (readonly SagaEvent['type'][])[]> {
    const entries = await this.store.readJournal(sagaId, 0)
    return entries.map(({ events }) => events.map(({ type }) => type))
  }

  /** How often the saga's first task was claimed. */
  async deliveries(sagaId: string): Promise<number> {
    const [task] = await this.store.listTasks(sagaId)
    return task?.deliveries ?? 0
  }

  /** Waits, without moving the clock, until a saga is in that status. */
  async until(sagaId: string, status: string): Promise<void> {
    await eventually(async () => {
      const row = await this.store.findSaga(sagaId)
      if (row?.status !== status) throw new Error(`The saga is ${row?.status ?? 'not there'}.`)
    })
  }
}

/** What a process has instead of a queue in memory and a silent logger. */
export interface ProcessPorts {
  readonly queue?: TaskQueue
  readonly logger?: Logger
}

/** One process: what it has sent to the queue, and what it has asked the store to start. */
export class ClockedProcess {
  readonly backstep: Backstep
  readonly hints: TaskHint[] = []
  readonly starts: StartRecord[] = []
  readonly #clock: ManualClock

  constructor({ clock, store }: ClockedEngine, intercept: Interceptor, ports: ProcessPorts) {
    this.#clock = clock
    const { queue: inner = new MemoryTaskQueue(), logger = silentLogger } = ports
    const behind = interceptedStore(store, intercept)
    const queue = this.#countedQueue(inner)
    const sagas = {
      start: (batch: readonly StartRecord[], options?: StartOptions) => {
        this.starts.push(...batch)
        return behind.start(batch, options)
      },
      append: (batch: readonly AppendRecord[]) => behind.append(batch),
      request: (record: RequestRecord) => behind.request(record),
      readJournal: (sagaId: string, afterSeq: number) => behind.readJournal(sagaId, afterSeq),
    }
    const stores = { sagas, tasks: behind, transactions: store, definitions: store, queries: store }
    const limits = store
    const breakers = new ClockedBreakers()
    const pauses = store
    const parts = { limits, pauses, queue, breakers, clock, ids: systemIds, logger }
    const engine = { ...stores, ...parts }
    this.backstep = new Backstep(engine, () => queue.close())
    onTestFinished(() => this.backstep.close())
  }

  /** A worker that has made its first sweep, so that its slots are free, and sweeps again when the clock says so. */
  async work(
    sagas: readonly RegisteredSaga[],
    options: Partial<StartWorkerOptions> = {},
  ): Promise<RunningWorker> {
    const { backstep } = this
    const { promise: swept, resolve } = Promise.withResolvers<void>()
    const observer = { ...options.observer, swept: resolve }
    const worker = await startWorker({ backstep, sagas, ...options, observer })
    onTestFinished(() => this.stop(worker))
    await swept
    return worker
  }

  /** Stops a worker, and lets time pass, in steps of so many milliseconds, until it has stopped. */
  async stop(worker: RunningWorker, stepMs = 1_000): Promise<void> {
    const time = { passes: true, stepMs }
    const passing = this.#passTime(time)
    await worker.stop()
    time.passes = false
    await passing
  }

  async #passTime(time: { readonly passes: boolean; readonly stepMs: number }): Promise<void> {
    for (let steps = 0; steps < 60; steps += 1) {
      await setImmediate()
      if (!time.passes) return
      await this.#clock.advance(time.stepMs)
    }
  }

  /** The claims that sagas were asked to be born with, as far as there were any. */
  get seats(): readonly boolean[] {
    return this.starts.map(({ claim }) => claim !== null)
  }

  #countedQueue(inner: TaskQueue): TaskQueue {
    return {
      ...(inner.sharesStore === undefined ? {} : { sharesStore: inner.sharesStore }),
      dispatch: (hints) => {
        this.hints.push(...hints)
        return inner.dispatch(hints)
      },
      consume: (name, options) => inner.consume(name, options),
      close: () => inner.close(),
    }
  }
}

/** Lets everything run that does not wait for time. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await setImmediate()
}
