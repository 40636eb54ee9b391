import type { Engine } from '../../packages/engine/src/runtime/engine.ts'
import type { Duration } from '../../packages/engine/src/core/duration.ts'
import type { RegisteredSaga } from '../../packages/engine/src/definition/saga-definition.ts'
import { ClockedBreakers } from '../../packages/engine/src/memory/index.ts'
import { Backstep } from '../../packages/engine/src/runtime/backstep.ts'
import { groupCommit } from '../../packages/engine/src/runtime/group-commit.ts'
import { startWorker, type RunningWorker } from '../../packages/engine/src/runtime/start-worker.ts'
import { workerSettings, type WorkerTuning } from '../../packages/engine/src/runtime/settings.ts'
import type { SimNode } from './node.ts'
import { noLimits } from './no-limits.ts'
import { performedBy } from './performer.ts'
import { StoreGate } from './store-gate.ts'
import { TransactionGate } from './transaction-gate.ts'
import type { World } from './world.ts'

/** What a process is, every time that it is started. */
export interface ProcessSpec {
  readonly name: string
  /** The queues that it works for; none for a mere client. */
  readonly queues: readonly string[]
  readonly concurrency: number
  readonly tuning: WorkerTuning
  /** Its definitions; handlers are put in by the process. */
  readonly sagas: readonly RegisteredSaga[]
}

/** What a process is born with. */
export interface Birth {
  /** How many processes there were before, and one more. */
  readonly no: number
  /** Told when one of its handlers has killed it. */
  readonly onKilled: (process: SimProcess) => void
}

/** A process that runs: the real client, and the real worker where it is one. */
export class SimProcess {
  readonly spec: ProcessSpec
  readonly node: SimNode
  readonly backstep: Backstep
  readonly #gate: StoreGate
  readonly #sagas = new Map<string, RegisteredSaga>()
  readonly #world: World
  #worker: RunningWorker | null = null
  #stopping: Promise<void> | null = null
  #hasStopped = false

  constructor(world: World, spec: ProcessSpec, { no, onKilled }: Birth) {
    const { timeline, faults, draws, witness, queue, ledger } = world
    this.spec = spec
    this.#world = world
    const node = world.node(`${spec.name}.${no}`)
    this.node = node
    const store = witness.seenBy(node)
    this.#gate = new StoreGate({ node, store, timeline, faults, draws })
    const seen = this.#gate.store
    const engine = world.engineOf({
      ...groupCommit({ sagas: seen, tasks: seen }),
      transactions: new TransactionGate({ gate: this.#gate, node, store, timeline, faults, draws }),
      definitions: seen,
      queries: seen,
      limits: noLimits,
      pauses: noPauses,
      queue: queue.seenBy(node),
      breakers: new ClockedBreakers(),
      clock: node.clock,
      ids: world.ids(),
      logger: world.logger(node),
    })
    this.backstep = new Backstep(engine, async () => {})
    const { abortGraceMs } = workerSettings(spec.tuning)
    const { queues } = spec
    const kill = (): void => onKilled(this)
    const performer = { node, timeline, draws, faults, ledger, witness, abortGraceMs, queues, kill }
    for (const saga of spec.sagas) {
      const performed = performedBy(performer, saga)
      this.#sagas.set(saga.name, { ...performed, plan: world.planFor(saga.plan) })
    }
  }

  /** How long its worker's `stop` may take, on the world's clock. */
  get stopLimitMs(): number {
    return workerSettings(this.spec.tuning).shutdownGraceMs * 1.05 + 50
  }

  /** Whether its worker has stopped, or there is none. The client may have to wait for the store, and for the queue. */
  get hasStopped(): boolean {
    return this.#hasStopped
  }

  /** Whether it works, or is a client that can. */
  get isReady(): boolean {
    return this.node.isUp && (this.spec.queues.length === 0 || this.#worker !== null)
  }

  /** Whether nothing is under way that was not asked for by a clock. */
  get isIdle(): boolean {
    return this.isReady && this.#gate.underWay === 0 && !this.isBusy
  }

  /** Whether it holds a claim. */
  get isBusy(): boolean {
    return (this.#worker?.active ?? 0) > 0
  }

  get isStopping(): boolean {
    return this.#stopping !== null
  }

  /** Its own definition of that name. */
  saga(name: string): RegisteredSaga | undefined {
    return this.#sagas.get(name)
  }

  /**
   * Begins to work, if it is to.
   *
   * @throws BackstepError `DATABASE_UNAVAILABLE`; it has to be started again then
   */
  async start(): Promise<void> {
    const { queues, tuning, concurrency } = this.spec
    if (queues.length === 0) return
    const { backstep } = this
    const sagas = [...this.#sagas.values()]
    const attemptDelayed = (): void => this.#world.faults.count('attempt_kept_back')
    const observer = { attemptDelayed }
    this.#worker = await startWorker({ backstep, sagas, queues, concurrency, observer, ...tuning })
  }

  /** SIGTERM: resolves when the process may exit. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    await this.#worker?.stop()
    this.#hasStopped = true
    await this.backstep.close()
  }

  /** Its end, at any moment. */
  die(): void {
    this.node.die()
    this.#world.ledger.cutOff(this.node, this.#world.timeline.nowMs)
  }
}

/** Milliseconds as the engine's options take them. */
export const ms = (count: number): Duration => `${Math.round(count)}ms`

/** Nobody pauses anything as a whole here. */
const noPauses: Engine['pauses'] = {
  listPauses: async () => [],
  pause: async () => false,
  resume: async () => false,
}
