import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type { PostgresStore } from '@backstep/engine/postgres'

import { newTask, type AppendRecord, type Claim, type SagaEvent } from './saga-writer.ts'

/** The step that the last append of a claim is about. */
export const END_OF_TURN = 'the end of the turn'

/** What a worker has seen. */
export type Tally = {
  readonly appends: number
  readonly takeovers: number
  readonly lostRaces: number
}

type RaceOptions = { readonly queue: string; readonly leaseMs: number }

/**
 * Works on sagas as a real worker does towards the store, and badly otherwise: it sleeps beyond its lease, and forgets
 * claims as if it had crashed. Whenever it appends, it names its claim. It stops when the journal tells that the claim is
 * lost; the store must see to it that it never finds out too late.
 */
export class RacingWorker {
  readonly #store: PostgresStore
  readonly #options: RaceOptions
  #tally: Tally = { appends: 0, takeovers: 0, lostRaces: 0 }

  constructor(store: PostgresStore, options: RaceOptions) {
    this.#store = store
    this.#options = options
  }

  get tally(): Tally {
    return this.#tally
  }

  async run(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      const claims = await this.#findWork()
      await Promise.all(claims.map((claim) => this.#turn(claim)))
      await sleep(Math.random() * 5)
    }
  }

  async #findWork(): Promise<readonly Claim[]> {
    const { queue, leaseMs } = this.#options
    const search = { queues: [queue], limit: 8 }
    const taken = await this.#store.takeOver({ ...search, leaseMs })
    this.#count('takeovers', taken.length)
    const hints = await this.#store.findOverdue(search)
    const claimed = await this.#store.claim(
      hints.map(({ sagaId, branch, nonce }) => ({
        sagaId,
        branch,
        nonce,
        claimId: randomUUID(),
        leaseMs,
        known: null,
      })),
    )
    return [...taken, ...claimed.flatMap((claim) => claim ?? [])]
  }

  async #turn(claim: Claim): Promise<void> {
    let head = claim.journal.entries.length
    for (let step = 0; step < 3; step += 1) {
      const luck = Math.random()
      if (luck < 0.1) return // As if it had crashed.
      if (luck < 0.2) await sleep(this.#options.leaseMs * 1.5)
      if (luck > 0.8)
        await this.#store.heartbeat({ claims: [claim], leaseMs: this.#options.leaseMs })
      const at = await this.#appendBehind(claim, head, step === 2)
      if (at === null) return
      head = at
    }
  }

  /** Appends, reading on after each lost race. Null when the claim was lost. */
  async #appendBehind(claim: Claim, folded: number, last: boolean): Promise<number | null> {
    let head = folded
    for (;;) {
      const record = appendOf(claim, head + 1, last)
      const [result] = await this.#store.append([record])
      // Once in a while the reply gets lost, and the same append is sent again.
      const again = Math.random() < 0.1 ? (await this.#store.append([record]))[0] : result
      if (again?.applied !== result?.applied) throw new Error('A repeated append had another fate.')
      if (result?.applied === true) {
        this.#count('appends', 1)
        return head + 1
      }
      this.#count('lostRaces', 1)
      const entries = await this.#store.readJournal(claim.sagaId, head)
      const events = entries.flatMap((entry) => entry.events)
      if (events.some((event) => isLossOf(event, claim)) || entries.length === 0) return null
      head += entries.length
    }
  }

  #count(of: keyof Tally, by: number): void {
    this.#tally = { ...this.#tally, [of]: this.#tally[of] + by }
  }
}

const isLossOf = (event: SagaEvent, claim: Claim): boolean =>
  event.type === 'lease_lost' && event.claimId === claim.claimId

const appendOf = (claim: Claim, seq: number, last: boolean): AppendRecord => {
  const { sagaId, branch, claimId } = claim
  const step = last ? END_OF_TURN : 'race'
  const named = { type: 'action_starting', branch, step, attempt: 1, claimId } as const
  const base = { sagaId, seq, appendId: randomUUID(), row: null, snapshot: null, afterId: null }
  if (!last) return { ...base, events: [named], task: { type: 'keep' } }
  if (Math.random() < 0.7) {
    return { ...base, events: [named], task: { type: 'replace', claimId, next: newTask() } }
  }
  const failure = { kind: 'error', code: 'tired', message: 'Enough.' } as const
  const halt = { code: 'handler_missing', direction: 'forward', branch, step: 'race' } as const
  const events = [named, { type: 'saga_stuck', ...halt, failure }] as const
  return { ...base, events, task: { type: 'remove', branch, claimId } }
}
