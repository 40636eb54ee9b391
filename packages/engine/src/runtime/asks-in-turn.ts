import type { OnBranchObservation } from '../core/observation.ts'
import type { Advance, AdvanceContext } from './advance.ts'
import type { HeldClaim } from './held-claim.ts'

/** What a turn has seen and wants decided. */
export interface Ask {
  readonly held: HeldClaim
  /** As of now: it is asked for again when the decision has to be made anew. */
  readonly observation: () => OnBranchObservation
  readonly context: () => Omit<AdvanceContext, 'definition' | 'state'>
}

/**
 * What came of it. `applied`: it is in the journal. `idle`: nothing had to be written. `lost`: the claim is gone, or the
 * branch is: what the turn still knows is a late result. `refused`: there is nothing to decide on.
 */
export type Settled =
  | { readonly type: 'applied' | 'idle'; readonly next: Advance }
  | { readonly type: 'lost' }
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
      const batch = this.#waiting.splice(0, mostTogether)
      try {
        const settled = await this.#settler.settleAll(batch.map(({ ask }) => ask))
        for (const { ask, resolve } of batch) resolve(settled.get(ask) ?? { type: 'lost' })
      } catch (error) {
        if (batch.length === 1) batch[0]?.reject(error)
        else await this.#settleEach(batch)
      }
    }
    this.#busy = false
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
