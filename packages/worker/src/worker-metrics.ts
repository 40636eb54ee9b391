import type { Backlog, DispatchStatus, QueueUse, WorkerObserver } from '@backstep/engine'
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type GaugeConfiguration,
} from 'prom-client'

import { registerDispatch } from './dispatch-metrics.ts'
import type { FreshReader } from './fresh-reader.ts'

/** From a call within the house to one that nearly times out. */
const durationBucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

const circuitStates = { closed: 0, half_open: 1, open: 2 } as const

/** Where the numbers come from that nobody reports. */
export interface MetricSources {
  readonly backlog: FreshReader<Backlog>
  readonly queues: FreshReader<readonly QueueUse[]>
  readonly activeTurns: () => number
  /** How tasks come to the worker; null while there is none. */
  readonly dispatch: () => DispatchStatus | null
  readonly concurrency: number
}

/** What a worker service measures, in a registry of its own. */
export class WorkerMetrics {
  readonly #registry = new Registry()
  /** Counts what the worker does. */
  readonly observer: Omit<WorkerObserver, 'swept'>

  constructor(sources: MetricSources) {
    collectDefaultMetrics({ register: this.#registry })
    this.#registerBacklog(sources.backlog)
    this.#registerTurns(sources)
    registerDispatch(this.#registry, sources.dispatch)
    this.#registerQueues(sources.queues)
    this.observer = this.#makeObserver()
  }

  /** The content type of `text`. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** Everything, in Prometheus's text format. What Postgres cannot say at the moment is left out. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  /** Registers gauges that read for themselves: Prometheus's client collects them all at the same time. */
  #registerBacklog(backlog: FreshReader<Backlog>): void {
    const read = (): Promise<Backlog | null> => backlog.read().catch(() => null)
    this.#gauge({
      name: 'backstep_database_up',
      help: 'Whether Postgres answered: 1 or 0.',
      async collect() {
        this.set((await read()) === null ? 0 : 1)
      },
    })
    this.#gauge({
      name: 'backstep_live_sagas',
      help: 'Sagas in the database that have not ended, by status; missing while Postgres is away.',
      labelNames: ['status'],
      async collect() {
        const found = await read()
        this.reset()
        for (const [status, sagas] of Object.entries(found?.live ?? {})) this.set({ status }, sagas)
      },
    })
    this.#gauge({
      name: 'backstep_oldest_due_task_age_seconds',
      help: 'How long ago the oldest task became due that nobody has taken; missing while Postgres is away.',
      async collect() {
        const found = await read()
        this.remove()
        if (found !== null) this.set(found.oldestDueMs / 1_000)
      },
    })
  }

  #registerTurns({ activeTurns, concurrency }: MetricSources): void {
    this.#gauge({
      name: 'backstep_active_turns',
      help: 'Turns under way in this worker.',
      collect() {
        this.set(activeTurns())
      },
    })
    this.#gauge({
      name: 'backstep_turn_slots',
      help: 'Turns that this worker runs at most.',
      collect() {
        this.set(concurrency)
      },
    })
  }

  /** Missing while Postgres is away. A queue without a limit has no line for it. */
  #registerQueues(queues: FreshReader<readonly QueueUse[]>): void {
    const gauge = (name: string, help: string, valueOf: (use: QueueUse) => number | null): void =>
      this.#gauge({
        name,
        help,
        labelNames: ['queue'],
        async collect() {
          const found = await queues.read().catch(() => [])
          this.reset()
          for (const use of found) {
            const value = valueOf(use)
            if (value !== null) this.set({ queue: use.queue }, value)
          }
        },
      })
    gauge('backstep_queue_held_tasks', 'Tasks under a claim, in all workers.', ({ held }) => held)
    gauge('backstep_queue_waiting_tasks', 'Tasks that may run and do not.', (use) => use.waiting)
    gauge('backstep_queue_concurrency_limit', 'Steps at once, over all workers.', (use) => {
      return use.maximumConcurrency
    })
    gauge('backstep_queue_rate_limit', 'Steps in a second, over all workers.', rateOf)
  }

  #gauge(configuration: GaugeConfiguration<'status' | 'queue'>): void {
    this.#registry.registerMetric(new Gauge({ ...configuration, registers: [] }))
  }

  #countCircuits(): Pick<WorkerObserver, 'circuitChanged' | 'attemptDelayed'> {
    const registers = [this.#registry]
    const circuits = new Gauge({
      name: 'backstep_circuit_state',
      help: 'The circuit of a step that has a breaker, in this process: 0 closed, 1 half-open, 2 open; missing until it first opens.',
      labelNames: ['saga', 'version', 'step'],
      registers,
    })
    const delayed = new Counter({
      name: 'backstep_delayed_attempts_total',
      help: 'How often an attempt was kept back because the circuit of its step was open.',
      labelNames: ['saga', 'step'],
      registers,
    })
    return {
      circuitChanged: ({ saga, version, step, state }) =>
        circuits.set({ saga, version, step }, circuitStates[state]),
      attemptDelayed: ({ saga, step }) => delayed.inc({ saga, step }),
    }
  }

  #makeObserver(): Omit<WorkerObserver, 'swept'> {
    const registers = [this.#registry]
    const settled = new Counter({
      name: 'backstep_sagas_settled_total',
      help: 'Sagas that ended, or got stuck, under this worker.',
      labelNames: ['saga', 'status'],
      registers,
    })
    const durations = new Histogram({
      name: 'backstep_step_duration_seconds',
      help: 'How long attempts at handlers took.',
      labelNames: ['saga', 'step', 'kind', 'outcome'],
      buckets: durationBucketsSeconds,
      registers,
    })
    const takenOver = new Counter({
      name: 'backstep_leases_taken_over_total',
      help: 'Tasks that this worker took over because their lease had run out.',
      labelNames: ['queue'],
      registers,
    })
    const late = new Counter({
      name: 'backstep_deadlines_passed_total',
      help: 'Sagas whose deadline passed under this worker, before their pivot or behind it.',
      labelNames: ['saga'],
      registers,
    })
    const undispatched = new Counter({
      name: 'backstep_failed_dispatches_total',
      help: 'Hints that could not be sent; a sweep finds their tasks.',
      registers,
    })
    const refused = new Counter({
      name: 'backstep_refused_claims_total',
      help: 'How often a free place of this worker found no room in a limited queue, by what was used up.',
      labelNames: ['queue', 'by'],
      registers,
    })
    return {
      ...this.#countCircuits(),
      claimsRefused: ({ queue, by }) => refused.inc({ queue, by }),
      stepEnded: ({ durationMs, saga, step, kind, outcome }) =>
        durations.observe({ saga, step, kind, outcome }, durationMs / 1_000),
      sagaSettled: ({ saga, status }) => settled.inc({ saga, status }),
      deadlinePassed: ({ saga }) => late.inc({ saga }),
      leaseTakenOver: ({ queue }) => takenOver.inc({ queue }),
      dispatchFailed: ({ hints }) => undispatched.inc(hints),
    }
  }
}

function rateOf({ rate }: QueueUse): number | null {
  return rate === null ? null : (rate.limit / rate.perMs) * 1_000
}
