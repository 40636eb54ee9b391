import { BackstepError } from '../../packages/engine/src/core/backstep-error.ts'
import type {
  ConsumeOptions,
  Consumer,
  TaskQueue,
} from '../../packages/engine/src/ports/task-queue.ts'
import type { TaskHint } from '../../packages/engine/src/ports/task-store.ts'
import type { Draws } from './draws.ts'
import type { Faults } from './faults.ts'
import type { SimNode } from './node.ts'
import type { Happening, Timeline } from './timeline.ts'

interface Taker {
  readonly queue: string
  readonly node: SimNode
  readonly options: ConsumeOptions
  readonly inHand: Set<Promise<void>>
  isClosed: boolean
  /** It gets no hints any more, and may or may not know of that. */
  isSilent: boolean
  isTaking: boolean
}

/** A hint that waits for somebody, or is on its way. */
interface Waiting {
  readonly hint: TaskHint
  readonly sentNo: number
}

/** What the queue is made of. */
export interface HostileQueueOptions {
  readonly timeline: Timeline
  readonly faults: Faults
  readonly draws: Draws
}

/** How many hints it keeps in mind, to bring them back when nobody wants them. */
const remembered = 50

/**
 * The queue of the whole world, with every liberty that a queue has: it loses, repeats, reorders, delays and forges hints,
 * brings back old ones, forgets everything, and is away at times. What it never does is to decide anything.
 */
export class HostileQueue {
  readonly #options: HostileQueueOptions
  readonly #takers: Taker[] = []
  readonly #past: TaskHint[] = []
  readonly #onTheWay = new Set<Happening>()
  #waiting: Waiting[] = []
  #sent = 0
  #lastDelivered = 0
  #deliveries = 0

  constructor(options: HostileQueueOptions) {
    this.#options = options
  }

  /** How many hints were given to a consumer. */
  get deliveries(): number {
    return this.#deliveries
  }

  /** The queue as one process sees it. */
  seenBy(node: SimNode): TaskQueue {
    return {
      dispatch: (hints) => this.#dispatch(node, hints),
      consume: (queue, options) => this.#consume(node, queue, options),
      close: async () => {},
    }
  }

  /** FLUSHALL. */
  flush(): void {
    for (const happening of this.#onTheWay) happening.isOff = true
    this.#onTheWay.clear()
    this.#waiting = []
  }

  #dispatch(node: SimNode, hints: readonly TaskHint[]): Promise<void> {
    const { faults, draws } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const isAway = faults.strikes('queue_away')
    node.note(`dispatches ${hints.map(({ nonce }) => nonce).join()}`)
    if (!isAway) for (const hint of hints) this.#send(node, hint)
    const replyMs = isAway ? draws.between(0, 2_000) : draws.between(0, 3)
    node.reach(replyMs, isAway ? 'queue away' : 'queue ok', () => {
      if (isAway) reject(new BackstepError('QUEUE_UNAVAILABLE', 'The simulated queue is away.'))
      else resolve()
    })
    return promise
  }

  #send(node: SimNode, hint: TaskHint): void {
    const { faults, draws } = this.#options
    this.#past.push(hint)
    if (this.#past.length > remembered) this.#past.shift()
    if (!faults.strikes('hint_lost')) this.#transport(node.name, hint)
    if (faults.strikes('hint_repeated')) this.#transport('again', hint)
    if (faults.strikes('hint_replayed')) this.#transport('replay', draws.pick(this.#past))
    if (faults.strikes('hint_forged')) this.#transport('forger', forged(hint, draws))
  }

  #transport(from: string, hint: TaskHint): void {
    const { timeline, faults, draws } = this.#options
    const ms = faults.strikes('hint_delayed') ? draws.between(20, 3_000) : draws.between(0, 4)
    this.#sent += 1
    const sentNo = this.#sent
    const label = `hint from ${from}: ${hint.sagaId} ${hint.branch} ${hint.queue} ${hint.nonce}`
    const happening = timeline.after(ms, null, label, () => {
      this.#onTheWay.delete(happening)
      this.#waiting.push({ hint, sentNo })
      this.#deliver()
    })
    this.#onTheWay.add(happening)
  }

  #consume(node: SimNode, queue: string, options: ConsumeOptions): Consumer {
    const inHand = new Set<Promise<void>>()
    const states = { isClosed: false, isSilent: false, isTaking: true }
    const taker: Taker = { queue, node, options, inHand, ...states }
    this.#takers.push(taker)
    this.#options.timeline.after(0, null, `${node.name} consumes ${queue}`, () => this.#deliver())
    return {
      get isTaking() {
        return taker.isTaking
      },
      close: async () => {
        taker.isClosed = true
        while (taker.inHand.size > 0) await Promise.all(taker.inHand)
      },
    }
  }

  /** Gives what waits to whoever may take it, if there is somebody. */
  #deliver(): void {
    const left: Waiting[] = []
    for (const waiting of this.#waiting) {
      const takers = this.#takers.filter((taker) => mayTake(taker, waiting.hint))
      if (takers.length === 0) left.push(waiting)
      else this.#give(this.#options.draws.pick(takers), waiting)
    }
    this.#waiting = left
  }

  #give(taker: Taker, { hint, sentNo }: Waiting): void {
    const { faults, timeline } = this.#options
    if (faults.strikes('consumer_silent')) this.#silence(taker)
    if (sentNo < this.#lastDelivered) faults.count('hint_reordered')
    this.#lastDelivered = Math.max(this.#lastDelivered, sentNo)
    this.#deliveries += 1
    const handled = Promise.withResolvers<void>()
    taker.inHand.add(handled.promise)
    const over = (): void => {
      taker.inHand.delete(handled.promise)
      handled.resolve()
      timeline.after(0, null, `${taker.node.name} has room on ${taker.queue}`, () =>
        this.#deliver(),
      )
    }
    taker.node.reach(0, `takes ${hint.sagaId} ${hint.nonce}`, () => {
      taker.options.onHint(hint).then(over, (error: unknown) => {
        taker.options.onError(error instanceof Error ? error : new Error(String(error)))
        over()
      })
    })
  }

  /** From here on until it is replaced. */
  #silence(taker: Taker): void {
    const { faults, draws } = this.#options
    taker.isSilent = true
    taker.isTaking = draws.chance(0.5)
    if (taker.isTaking) faults.count('consumer_deaf')
  }
}

function mayTake(taker: Taker, hint: TaskHint): boolean {
  const { node, queue, options, inHand, isClosed, isSilent } = taker
  return (
    !isClosed && !isSilent && node.isUp && queue === hint.queue && inHand.size < options.concurrency
  )
}

/** A hint that nobody of ours has written, or not like that. */
function forged(hint: TaskHint, draws: Draws): TaskHint {
  switch (draws.between(0, 3)) {
    case 0:
      return { ...hint, nonce: `n${'0'.repeat(32)}` }
    case 1:
      return { ...hint, branch: 'main/0/nowhere' }
    case 2:
      return { ...hint, sagaId: '00000000-0000-7000-8000-000000000000' }
    default:
      // The right task on the wrong queue.
      return { ...hint, queue: hint.queue === 'default' ? 'second' : 'default' }
  }
}
