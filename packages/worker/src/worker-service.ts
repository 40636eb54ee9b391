import {
  createBackstep,
  type Backstep,
  type DispatchStatus,
  type Logger,
  type QueuesOptions,
  type RegisteredSaga,
  type RunningWorker,
  type WorkerObserver,
} from '@backstep/engine'

import { FreshReader } from './fresh-reader.ts'
import type { WorkerConfiguration } from './configuration.ts'
import { httpRoutes } from './http-routes.ts'
import { startHttpServer, type HttpServer } from './http-server.ts'
import { ServiceHealth } from './service-health.ts'
import { startPatiently } from './start-patiently.ts'
import { WorkerMetrics } from './worker-metrics.ts'

/** What a worker service is made of. */
export interface WorkerServiceOptions {
  readonly configuration: WorkerConfiguration
  readonly sagas: readonly RegisteredSaga[]
  /** What the steps of a queue may do together, over all workers. */
  readonly queues?: QueuesOptions
  /** A pino logger, or anything of that shape. */
  readonly logger: Logger
  /** Ends the wait for Postgres. Once the service has started it has no effect: call `stop`. */
  readonly signal?: AbortSignal
}

/** A service at work. */
export interface WorkerService {
  /** Where `/livez`, `/readyz` and `/metrics` are. */
  readonly url: string
  readonly queues: readonly string[]
  /** Finishes or hands back what runs, within the shutdown grace, then closes everything. Safe to call again. */
  stop(): Promise<void>
}

/**
 * Starts a worker with health and metrics. The HTTP server is there at once; the worker as soon as Postgres is, however
 * long that takes. It reads no environment and handles no signals: whoever starts it does.
 *
 * @throws BackstepError `CONFIGURATION_INVALID`, `DURATION_INVALID`, `DEFINITION_CHANGED`; `WORKER_STOPPED` when the
 *   signal was aborted first. Nothing is left open then.
 */
export async function startWorkerService(options: WorkerServiceOptions): Promise<WorkerService> {
  const { configuration, queues, logger, signal } = options
  const { databaseUrl, redisUrl, schema, transactionConnections } = configuration
  const backstep = createBackstep({
    databaseUrl,
    schema,
    transactionConnections,
    queues,
    logger,
    ...(redisUrl === undefined ? {} : { redisUrl }),
  })
  const service = new Service(options, backstep)
  try {
    await service.start(signal ?? new AbortController().signal)
    return service
  } catch (error) {
    await service.stop()
    throw error
  }
}

const readingPace = { freshMs: 1_000, timeoutMs: 2_000 }

/** How long the connections may take to close once the worker has stopped. */
const closeTimeoutMs = 2_000

class Service implements WorkerService {
  readonly #options: WorkerServiceOptions
  readonly #backstep: Backstep
  readonly #health: ServiceHealth
  readonly #metrics: WorkerMetrics
  #http: HttpServer | null = null
  #worker: RunningWorker | null = null
  #stopped: Promise<void> | null = null

  constructor(options: WorkerServiceOptions, backstep: Backstep) {
    this.#options = options
    this.#backstep = backstep
    const backlog = new FreshReader({
      ...readingPace,
      read: () => backstep.shared.engine.queries.readBacklog(),
    })
    const dispatch = (): DispatchStatus | null => this.#worker?.dispatch ?? null
    this.#health = new ServiceHealth(backlog, () => dispatch()?.state ?? null)
    this.#metrics = new WorkerMetrics({
      backlog,
      queues: new FreshReader({ ...readingPace, read: () => backstep.queues() }),
      activeTurns: () => this.#worker?.active ?? 0,
      dispatch,
      concurrency: options.configuration.concurrency,
    })
  }

  get url(): string {
    return this.#http?.url ?? ''
  }

  get queues(): readonly string[] {
    return this.#worker?.queues ?? []
  }

  async start(signal: AbortSignal): Promise<void> {
    const { configuration, sagas, logger } = this.#options
    const { httpHost: host, httpPort: port, concurrency, queues } = configuration
    const { lease, heartbeat, sweep, shutdownGrace, abortGrace } = configuration
    const app = httpRoutes({ health: this.#health, metrics: this.#metrics })
    this.#http = await startHttpServer(app, { host, port })
    logger.info({ url: this.url }, 'health and metrics are served')
    this.#worker = await startPatiently(
      {
        backstep: this.#backstep,
        sagas,
        concurrency,
        ...(queues === undefined ? {} : { queues }),
        lease,
        heartbeat,
        sweep,
        shutdownGrace,
        abortGrace,
        observer: this.#observer(),
      },
      { logger, signal },
    )
    this.#health.swept()
    this.#health.enter('working')
    logger.info(
      { queues: this.queues, concurrency, sagas: sagas.map(nameOf) },
      'the worker has started',
    )
  }

  #observer(): WorkerObserver {
    const { observer } = this.#metrics
    return {
      ...observer,
      circuitChanged: (circuit) => {
        observer.circuitChanged(circuit)
        this.#health.circuitChanged(circuit)
      },
      swept: () => this.#health.swept(),
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#health.enter('stopping')
    await this.#worker?.stop()
    // A Postgres that does not answer must not keep the process alive.
    await within(closeTimeoutMs, this.#backstep.close())
    await this.#http?.close()
  }
}

function nameOf({ name, version }: RegisteredSaga): string {
  return `${name} v${version}`
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  // What fails to close is as good as closed.
  await Promise.race([work.catch(() => {}), over])
  clearTimeout(timer)
}
