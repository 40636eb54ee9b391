import type { Plan } from '../core/plan.ts'
import type { RegisteredSaga } from '../definition/saga-definition.ts'
import type { Claim, TaskHint } from '../ports/task-store.ts'
import type { Engine } from './engine.ts'
import type { BornTask, FirstTurn, Seat } from './local-workers.ts'
import type { WorkerSettings } from './settings.ts'
import type { Slots } from './slots.ts'

/** What it takes to give away places of a worker. */
export interface SeatsOptions {
  readonly engine: Pick<Engine, 'clock' | 'ids'>
  readonly sagas: readonly RegisteredSaga[]
  readonly queues: readonly string[]
  readonly settings: Pick<WorkerSettings, 'eagerFirstTurn' | 'leaseMs'>
  readonly slots: Slots
  /** Whether no circuit says that the saga's first step has to wait. */
  readonly mayBegin: (plan: Plan) => boolean
  /** Whether the first turn must wait in line with those of all workers. */
  readonly isLimited: (queue: string) => boolean
  readonly isStopping: () => boolean
  /** Runs a claim in a slot that was taken for it. */
  readonly run: (claim: Claim, sentAtMs: number) => void
  /** Claims a task under that name, in a slot that was taken for it. */
  readonly claim: (hint: TaskHint, claimId: string) => void
}

/** The places of a worker that are taken for sagas which are about to be started in its process. */
export class Seats {
  readonly #options: SeatsOptions
  /** Places that were taken for starts which are not committed yet: since when, the oldest first. */
  readonly #reserved = new Map<string, number>()

  constructor(options: SeatsOptions) {
    this.#options = options
  }

  /** Takes a place for the first turn of a saga that is started in this process; null when there is none. */
  seat(turn: FirstTurn): Seat | null {
    const { engine, settings, slots, isStopping } = this.#options
    const nowMs = engine.clock.monotonicMs()
    // When commits are slow, starts that wait for them must not keep all places from sagas that are there.
    const [oldestMs = nowMs] = this.#reserved.values()
    if (!this.#serves(turn) || nowMs - oldestMs > slowStartMs || isStopping()) return null
    if (!slots.tryEnter()) return null
    const claim = { claimId: engine.ids.unique(), leaseMs: settings.leaseMs }
    this.#reserved.set(claim.claimId, nowMs)
    return this.#taken(claim)
  }

  #serves({ name, version, queue }: FirstTurn): boolean {
    const { settings, queues, sagas, isLimited, mayBegin } = this.#options
    if (!settings.eagerFirstTurn || !queues.includes(queue) || isLimited(queue)) return false
    const saga = sagas.find(({ plan }) => plan.name === name && plan.version === version)
    return saga !== undefined && mayBegin(saga.plan)
  }

  #taken(claim: Seat['claim']): Seat {
    const { slots, run, claim: claimTask } = this.#options
    const filled = (): void => void this.#reserved.delete(claim.claimId)
    return {
      claim,
      take: (born) => {
        filled()
        run(claimOf(born, claim.claimId), born.sentAtMs)
      },
      claimAgain: (hint) => {
        filled()
        claimTask(hint, claim.claimId)
      },
      leave: () => {
        filled()
        slots.leave()
      },
    }
  }
}

/** A start that takes longer, in milliseconds, is a sign that no more places should wait with it. */
const slowStartMs = 100

/** What a claim of this task would have been answered with. */
function claimOf({ hint, entry }: BornTask, claimId: string): Claim {
  const { sagaId, branch, queue } = hint
  const journal = { type: 'whole', entries: [entry] } as const
  return { sagaId, branch, queue, claimId, wake: 0, now: entry.at, journal }
}
