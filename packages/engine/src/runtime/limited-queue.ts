import type { Clock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import type { Logger } from '../ports/logger.ts'
import type { Grant, QueueStore, Refusal } from '../ports/queue-store.ts'
import type { Claim } from '../ports/task-store.ts'
import { claimUntilAnswered, type ClaimPorts } from './claim-until-answered.ts'
import type { KnownLimits } from './known-limits.ts'
import type { PausesHere } from './pauses-here.ts'
import type { RememberedSaga } from './saga-memory.ts'
import { defaultDispatchGraceMs } from './settings.ts'
import type { Slots } from './slots.ts'
import type { WorkerObserver } from './worker-observer.ts'

/** What a worker takes tasks of a limited queue with. */
export interface LimitedQueuePorts extends ClaimPorts {
  readonly limits: Pick<QueueStore, 'grant'>
  readonly known: Pick<KnownLimits, 'limitsOf'>
  readonly clock: Clock
  readonly ids: Pick<Ids, 'unique'>
  readonly logger: Logger
  readonly slots: Slots
  /** A queue that is paused gets no grants. */
  readonly pauses: Pick<PausesHere, 'holdsQueue'>
  readonly observer: Pick<WorkerObserver, 'claimsRefused'>
  readonly isStopping: () => boolean
  readonly recall: (sagaId: string) => RememberedSaga | null
  /** Runs a claim in a slot that was taken for it, and gives that back. Never throws. */
  readonly run: (claim: Claim, sentAtMs: number, known: RememberedSaga | null) => Promise<void>
}

/**
 * Takes tasks of one limited queue into free slots of a worker, in the order in which they are due.
 *
 * Whatever may have made room or work only wakes it: a hint, a step that ended, a round of the sweep, a token that is due.
 *
 * I1. One request is under way at a time, and what wakes it meanwhile is one more: a thousand hints cost two requests.
 * I2. Nothing is asked for that there is no free slot for, nor more than there can be: a worker that has all slots of the
 *     queue itself is silent until one of its own steps has ended.
 * I3. Who was refused for the rate asks again when there is a token, and not before: one timer, and at most one in 50 ms.
 */
export class LimitedQueue {
  readonly #queue: string
  readonly #ports: LimitedQueuePorts
  #wanted = false
  /** Steps of this queue under way here. */
  #held = 0
  #isRunning = false
  #running: Promise<void> = Promise.resolve()
  #cancelTimer: (() => void) | null = null

  constructor(queue: string, ports: LimitedQueuePorts) {
    this.#queue = queue
    this.#ports = ports
  }

  /** There may be something to do. */
  wake(): void {
    this.#wanted = true
    if (this.#isRunning) return
    this.#isRunning = true
    this.#running = this.#run()
  }

  /** Nobody waits for a token any more. Resolves when the last request is over. */
  async stop(): Promise<void> {
    this.#cancelTimer?.()
    await this.#running
  }

  async #run(): Promise<void> {
    const { logger, isStopping } = this.#ports
    while (this.#wanted && !isStopping()) {
      this.#wanted = false
      try {
        if (this.#most() > 0) await this.#take()
      } catch (error) {
        const fields = { err: error, queue: this.#queue }
        logger.warn(
          fields,
          'tasks of a limited queue could not be taken; the next round tries again',
        )
      }
    }
    this.#isRunning = false
  }

  async #take(): Promise<void> {
    const { slots, isStopping } = this.#ports
    const reserved = await this.#reserve()
    let used = 0
    try {
      if (!isStopping()) used = await this.#fill(reserved)
    } finally {
      for (let unused = reserved - used; unused > 0; unused -= 1) slots.leave()
    }
  }

  /** In line with the hints of other queues for the first slot; then as many as there are (I2). */
  async #reserve(): Promise<number> {
    const { slots } = this.#ports
    await slots.enter()
    let reserved = 1
    while (reserved < this.#most() && slots.tryEnter()) reserved += 1
    return reserved
  }

  /** How many more can be granted to this worker at best. */
  #most(): number {
    if (this.#ports.pauses.holdsQueue(this.#queue)) return 0
    const { maximumConcurrency, rate } = this.#ports.known.limitsOf(this.#queue)
    const left = (maximumConcurrency ?? Infinity) - this.#held
    return Math.min(mostAtOnce, left, rate?.limit ?? Infinity)
  }

  /** Asks for as many tasks as there are slots, and begins them. Gives back how many slots they have. */
  async #fill(reserved: number): Promise<number> {
    const { limits, ids, leaseMs, observer } = this.#ports
    const queue = this.#queue
    const claimIds = Array.from({ length: reserved }, () => ids.unique())
    const request = { queue, claimIds, leaseMs, aheadMs: defaultDispatchGraceMs }
    const { grants, refusal } = await limits.grant(request)
    if (refusal?.by === 'rate') this.#askAgainIn(refusal)
    if (refusal !== null && grants.length === 0) observer.claimsRefused({ queue, by: refusal.by })
    if (grants.length === reserved) this.#wanted = true
    return grants.length === 0 ? 0 : this.#begin(grants)
  }

  async #begin(grants: readonly Grant[]): Promise<number> {
    const { leaseMs, recall } = this.#ports
    const known = new Map<string, RememberedSaga | null>()
    const batch = grants.map(({ sagaId, branch, nonce, claimId }) => {
      const recalled = recall(sagaId)
      known.set(claimId, recalled)
      return { sagaId, branch, nonce, claimId, leaseMs, known: recalled?.row ?? null }
    })
    const { claims, sentAtMs } = await claimUntilAnswered(this.#ports, batch)
    for (const claim of claims) {
      void this.#work(claim, sentAtMs, known.get(claim.claimId) ?? null)
    }
    return claims.length
  }

  /** Its end makes room for another step, which may be the next one of this very saga. */
  async #work(claim: Claim, sentAtMs: number, known: RememberedSaga | null): Promise<void> {
    this.#held += 1
    await this.#ports.run(claim, sentAtMs, known)
    this.#held -= 1
    this.wake()
  }

  /** Tokens of fast rates are taken several at a time, as long as the bucket is not full by then (I3). */
  #askAgainIn({ retryAfterMs }: Extract<Refusal, { readonly by: 'rate' }>): void {
    const { clock, known, isStopping } = this.#ports
    if (isStopping()) return
    const fillMs = known.limitsOf(this.#queue).rate?.perMs ?? 0
    const pauseMs = Math.max(retryAfterMs, Math.min(shortestPauseMs, fillMs / 2))
    this.#cancelTimer?.()
    this.#cancelTimer = clock.after(pauseMs, () => {
      this.#cancelTimer = null
      this.wake()
    })
  }
}

/** Tasks in one request: as many as a sweep takes. */
const mostAtOnce = 100

const shortestPauseMs = 50
