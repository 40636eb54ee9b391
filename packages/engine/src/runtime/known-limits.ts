import type { Logger } from '../ports/logger.ts'
import type { Limits, NamedLimits, QueueLimits, QueueStore } from '../ports/queue-store.ts'

/** What it takes to know limits. */
export interface KnownLimitsOptions {
  readonly limits: Pick<QueueStore, 'readLimits' | 'declareLimits'>
  readonly logger: Logger
  /** What the code of this process says of queues. */
  readonly declared: readonly NamedLimits[]
}

/**
 * Which queues have limits, as this process knows: its workers read it when they start and in each of their rounds. What is
 * new in Postgres holds here from the next round on, for claims made then and for the next step of turns under way.
 */
export class KnownLimits {
  readonly #options: KnownLimitsOptions
  #limited: ReadonlyMap<string, QueueLimits> = new Map()

  constructor(options: KnownLimitsOptions) {
    this.#options = options
  }

  /** The names of the queues that have a limit. */
  get queues(): readonly string[] {
    return [...this.#limited.keys()]
  }

  /** Whether this queue has a limit. */
  has(queue: string): boolean {
    return this.#limited.has(queue)
  }

  /** The limits of this queue; none where it has none, or has none any more. */
  limitsOf(queue: string): Limits {
    return this.#limited.get(queue) ?? noLimits
  }

  /** Reads them anew. */
  async refresh(): Promise<void> {
    const known = await this.#options.limits.readLimits()
    const limited = known.filter((limits) => isLimited(limits))
    // As a rule there are none, and were none: nothing is made anew.
    if (limited.length === 0 && this.#limited.size === 0) return
    this.#limited = new Map(limited.map((limits) => [limits.queue, limits]))
  }

  /** Says what the code of this process says, where that is new, and reads what holds. */
  async declare(): Promise<void> {
    const { limits, declared, logger } = this.#options
    if (declared.length > 0) {
      const before = new Map((await limits.readLimits()).map((known) => [known.queue, known]))
      const changed = declared.filter((said) => !isSame(said, before.get(said.queue)?.declared))
      if (changed.length > 0) await limits.declareLimits(changed)
      for (const said of changed) tell(logger, said, before.get(said.queue))
    }
    await this.refresh()
  }
}

const noLimits: Limits = { maximumConcurrency: null, rate: null }

function isLimited({ maximumConcurrency, rate }: Limits): boolean {
  return maximumConcurrency !== null || rate !== null
}

function isSame(one: Limits, other: Limits | null | undefined): boolean {
  return (
    other?.maximumConcurrency === one.maximumConcurrency &&
    other.rate?.limit === one.rate?.limit &&
    other.rate?.perMs === one.rate?.perMs
  )
}

/** A difference from what another worker has said may be a deploy, or two deploys that fight. */
function tell(logger: Logger, said: NamedLimits, before: QueueLimits | undefined): void {
  const { queue, maximumConcurrency, rate } = said
  const fields = { queue, maximumConcurrency, rate, before: before?.declared ?? null }
  if (before?.source === 'operator') {
    logger.warn(fields, 'the code declares other limits; those that an operator has set stay')
    return
  }
  const level = before === undefined ? 'info' : 'warn'
  logger[level](fields, 'the limits of the queue are now those of this worker')
}
