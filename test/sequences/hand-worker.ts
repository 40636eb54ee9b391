import type { PostgresStore } from '@backstep/engine/postgres'

import { ClockedBreakers } from '../../packages/engine/src/memory/clocked-breakers.ts'
import type { Claim, ClaimRecord } from '../../packages/engine/src/ports/task-store.ts'
import { Circuits } from '../../packages/engine/src/runtime/circuits.ts'
import { LeaseKeeper } from '../../packages/engine/src/runtime/lease-keeper.ts'
import { PausesHere } from '../../packages/engine/src/runtime/pauses-here.ts'
import type { Registry } from '../../packages/engine/src/runtime/registry.ts'
import { workerSettings } from '../../packages/engine/src/runtime/settings.ts'
import { silentLogger } from '../../packages/engine/src/runtime/silent-logger.ts'
import { Slots } from '../../packages/engine/src/runtime/slots.ts'
import { systemIds } from '../../packages/engine/src/runtime/system-ids.ts'
import type { TurnPorts } from '../../packages/engine/src/runtime/turn-ports.ts'
import { TurnRunner } from '../../packages/engine/src/runtime/turn-runner.ts'
import { guardedObserver } from '../../packages/engine/src/runtime/worker-observer.ts'
import type { Lane } from './lane.ts'
import { ProcessStore, type Fate } from './process-store.ts'
import { onStage, type HandTurn, type WorkerName } from './stage.ts'

const queue = 'default'
const settings = workerSettings({ maxStepsPerTurn: 1 })

/** What a worker is made of. */
export interface HandWorkerParts {
  readonly name: WorkerName
  readonly lane: Lane
  readonly store: PostgresStore
  readonly registry: Registry
  readonly pending: Set<Promise<unknown>>
  /** Told of every turn that begins. */
  readonly onTurn: (turn: Pick<HandTurn, 'worker' | 'sagaId' | 'branch' | 'claimId'>) => HandTurn
}

/** The engine's own turns in a worker that is cranked by hand: nothing in it happens by itself, and no lease is extended. */
export class HandWorker {
  readonly #parts: HandWorkerParts
  readonly #store: ProcessStore
  readonly #keeper: LeaseKeeper
  readonly #runner: TurnRunner
  readonly #never = new AbortController()

  constructor(parts: HandWorkerParts) {
    const { lane, registry, store, pending } = parts
    this.#parts = parts
    this.#store = new ProcessStore(store, pending)
    const { clock } = lane
    const tasks = this.#store
    const logger = silentLogger
    this.#keeper = new LeaseKeeper({ tasks, clock, logger, settings, onWake: () => {} })
    this.#runner = new TurnRunner({ ports: this.#ports(), keeper: this.#keeper, registry })
  }

  /** From its next append on, or from now on, nothing is heard of it. */
  dies(fate: Exclude<Fate, 'lives'> | 'now'): void {
    if (fate === 'now') this.#store.die()
    else this.#store.fate = fate
  }

  get isDead(): boolean {
    return this.#store.isDead
  }

  /** Claims tasks as a hint would have it, and begins their turns. */
  async claim(tasks: readonly Pick<ClaimRecord, 'sagaId' | 'branch' | 'nonce'>[]): Promise<number> {
    const sentAtMs = this.#parts.lane.clock.monotonicMs()
    const { leaseMs } = settings
    const records = tasks.map(({ sagaId, branch, nonce }) => {
      return { sagaId, branch, nonce, claimId: systemIds.unique(), leaseMs, known: null }
    })
    const claims = (await this.#store.claim(records)).filter((claim) => claim !== null)
    for (const claim of claims) this.#begin(claim, sentAtMs)
    return claims.length
  }

  /** Takes over what others have lost, as a sweep does. */
  async sweep(): Promise<number> {
    const sentAtMs = this.#parts.lane.clock.monotonicMs()
    const search = { queues: [queue], limit: 100, leaseMs: settings.leaseMs }
    const claims = await this.#store.takeOver(search)
    for (const claim of claims) this.#begin(claim, sentAtMs)
    return claims.length
  }

  #begin(claim: Claim, sentAtMs: number): void {
    const { sagaId, branch, claimId } = claim
    const turn = this.#parts.onTurn({ worker: this.#parts.name, sagaId, branch, claimId })
    const running = onStage(turn, () => this.#runner.run(claim, sentAtMs))
    void running.then(() => void (turn.isOver = true))
  }

  #ports(): TurnPorts {
    const { lane, store } = this.#parts
    const { clock } = lane
    const ended = { clock, logger: silentLogger, ids: systemIds }
    return {
      ...ended,
      sagas: this.#store,
      tasks: this.#store,
      transactions: store,
      pauses: new PausesHere(store),
      settings,
      abortGraceMs: settings.abortGraceMs,
      slots: new Slots(100),
      circuits: new Circuits({ ...ended, breakers: new ClockedBreakers() }),
      hints: { send: () => {}, graceMs: () => 0 },
      observer: guardedObserver({}, silentLogger),
      signal: this.#never.signal,
      isStopping: () => false,
      isLimited: () => false,
      inBackground: () => {},
      remember: () => {},
      forget: () => {},
      onEnded: () => {},
    }
  }
}
