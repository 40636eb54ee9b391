import type { OnBranchObservation } from '../core/observation.ts'
import type { Advance, AdvanceContext } from './advance.ts'
import type { HeldClaim } from './held-claim.ts'
import type { VerdictWriter } from './verdict-writer.ts'

/** What a turn has seen and wants decided. */
export interface Ask {
  readonly held: HeldClaim
  /** Writes the row, where a handler's transaction is open in it. */
  readonly writer: VerdictWriter
  /** As of now: it is asked for again when the decision has to be made anew. */
  readonly observation: () => OnBranchObservation
  readonly context: () => Omit<AdvanceContext, 'definition' | 'state'>
}

/**
 * What came of it. `applied`: it is in the journal. `overtaken`: it is, and what was to follow of it has to be asked for again,
 * since the same row has the failure of another branch. `idle`: nothing had to be written. `lost`: the claim is gone, or the
 * branch is: what the turn still knows is a late result. `refused`: there is nothing to decide on.
 */
export type Settled =
  | { readonly type: 'applied' | 'idle'; readonly next: Advance }
  | { readonly type: 'overtaken' | 'lost' }
  | { readonly type: 'refused'; readonly refusal: string }

/** Who settles what turns ask. */
interface Settler {
  readonly settleAlone: (ask: Ask) => Promise<Settled>
  /** Settles all of them, or fails for all of them. */
  readonly settleAll: (asks: readonly Ask[]) => Promise<ReadonlyMap<Ask, Settled>>
}

/** Lets one ask be settled at a time; those that come meanwhile are settled together. */
export class AsksInTurn {
  readonly #settler: Settler
  #waiting: Waiting[] = []
  #busy = false

  constructor(settler: Settler) {
    this.#settler = settler
  }

  /** Settles it, when it is its turn. */
  settle(ask: Ask): Promise<Settled> {
    if (this.#busy) {
      return new Promise((resolve, reject) => void this.#waiting.push({ ask, resolve, reject }))
    }
    this.#busy = true
    return this.#settleFirst(ask)
  }

  async #settleFirst(ask: Ask): Promise<Settled> {
    try {
      return await this.#settler.settleAlone(ask)
    } finally {
      this.#busy = false
      if (this.#waiting.length > 0) void this.#settleWaiting()
    }
  }

  async #settleWaiting(): Promise<void> {
    this.#busy = true
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch()
      await (batch.length === 1 ? this.#settleEach(batch) : this.#settleTogether(batch))
    }
    this.#busy = false
  }

  async #settleTogether(batch: readonly Waiting[]): Promise<void> {
    try {
      const settled = await this.#settler.settleAll(batch.map(({ ask }) => ask))
      for (const { ask, resolve } of batch) resolve(settled.get(ask) ?? { type: 'lost' })
    } catch {
      // Whose it is shows when each is settled by itself.
      await this.#settleEach(batch)
    }
  }

  /** Those that may share a row; what is committed with a handler's own rows is a row by itself. */
  #nextBatch(): readonly Waiting[] {
    const own = this.#waiting.findIndex(({ ask }) => !ask.writer.isPlain)
    const count = own === -1 ? mostTogether : Math.max(1, Math.min(own, mostTogether))
    return this.#waiting.splice(0, count)
  }

  /** One that cannot be settled must not keep the others from it. */
  async #settleEach(batch: readonly Waiting[]): Promise<void> {
    for (const { ask, resolve, reject } of batch) {
      await this.#settler.settleAlone(ask).then(resolve, reject)
    }
  }
}

interface Waiting {
  readonly ask: Ask
  readonly resolve: (settled: Settled) => void
  readonly reject: (error: unknown) => void
}

/** Decisions in one row: enough for every branch that may be at work. */
const mostTogether = 256
