import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type { PostgresStore } from '@backstep/engine/postgres'

import {
  newTask,
  type AppendRecord,
  type Claim,
  type NewTask,
  type SagaEvent,
} from './saga-writer.ts'

/** What a worker has seen. */
export type BranchTally = {
  readonly settled: number
  readonly drops: number
  readonly takeovers: number
  readonly refused: number
}

type BranchOptions = { readonly queue: string; readonly leaseMs: number }
type TaskChange = AppendRecord['task']

/** So many branches a saga has at most, `main` aside: they come and go all the time, under the same names. */
const BRANCHES = Array.from({ length: 6 }, (_, index) => `main/each.${index}`)

/**
 * Works on several branches of few sagas at once, and changes what there is of them at random: settles all the claims that
 * it got on a saga, drops what others hold, makes branches again. It dies over claims, and sleeps beyond leases. Of each
 * change it writes into the journal which tasks come and which go.
 */
export class BranchingWorker {
  readonly #store: PostgresStore
  readonly #options: BranchOptions
  #tally: BranchTally = { settled: 0, drops: 0, takeovers: 0, refused: 0 }

  constructor(store: PostgresStore, options: BranchOptions) {
    this.#store = store
    this.#options = options
  }

  get tally(): BranchTally {
    return this.#tally
  }

  async run(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      const found = Map.groupBy(await this.#findWork(), ({ sagaId }) => sagaId)
      const sagas = [...found.values()]
      // In groups, as processes commit, or each by itself.
      if (Math.random() < 0.3) await this.#settle(sagas)
      else await Promise.all(sagas.map((claims) => this.#turn(claims)))
      await sleep(Math.random() * 5)
    }
  }

  async #findWork(): Promise<readonly Claim[]> {
    const { queue, leaseMs } = this.#options
    const search = { queues: [queue], limit: 6 }
    const taken = await this.#store.takeOver({ ...search, leaseMs })
    this.#count('takeovers', taken.length)
    const hints = await this.#store.findOverdue(search)
    const batch = hints.map(({ sagaId, branch, nonce }) => {
      return { sagaId, branch, nonce, claimId: randomUUID(), leaseMs, known: null }
    })
    const claimed = await this.#store.claim(batch)
    return [...taken, ...claimed.flatMap((claim) => claim ?? [])]
  }

  async #turn(claims: readonly Claim[]): Promise<void> {
    const luck = Math.random()
    if (luck < 0.1) return // As if it had crashed.
    if (luck < 0.2) await sleep(this.#options.leaseMs * 1.5)
    if (luck > 0.95) return this.#release(claims)
    if (luck > 0.7) await this.#store.heartbeat({ claims, leaseMs: this.#options.leaseMs })
    // Others append meanwhile: it reads on and tries again, until it wins or its claims are gone.
    for (let tries = 0; tries < 20; tries += 1) {
      if (await this.#settle([claims])) return
      if (await this.#haveGone(claims)) return
    }
  }

  /** Settles the claims of each of these sagas, all in one batch, and tells whether all of it was applied. */
  async #settle(sagas: readonly (readonly Claim[])[]): Promise<boolean> {
    const records = await Promise.all(sagas.map((claims) => this.#recordOf(claims)))
    const results = await this.#store.append(records)
    // Once in a while the reply gets lost, and the same append is sent again.
    const again = Math.random() < 0.1 ? await this.#store.append(records) : results
    for (const [index, { task }] of records.entries()) {
      const applied = results[index]?.applied ?? false
      if (again[index]?.applied !== applied) throw new Error('A repeated append had another fate.')
      this.#count(applied ? 'settled' : 'refused', 1)
      if (applied && task.type === 'settle') this.#count('drops', task.dropped.length)
    }
    return results.every(({ applied }) => applied)
  }

  async #recordOf(claims: readonly Claim[]): Promise<AppendRecord> {
    const sagaId = claims[0]?.sagaId ?? ''
    const { length } = await this.#store.readJournal(sagaId, 0)
    const tasks = await this.#store.listTasks(sagaId)
    return recordOf(claims, { seq: length + 1, branches: tasks.map(({ branch }) => branch) })
  }

  async #release(claims: readonly Claim[]): Promise<void> {
    const releases = claims.map(({ sagaId, branch, claimId, wake }) => {
      return { sagaId, branch, claimId, wake, nonce: newTask().nonce, delayMs: 0 }
    })
    await this.#store.release(releases)
  }

  /** Any of them: as none of the others could be settled with it, they are left to die. */
  async #haveGone(claims: readonly Claim[]): Promise<boolean> {
    const first = await this.#store.heartbeat({ claims, leaseMs: this.#options.leaseMs })
    // A row may have been busy, which is not a lost claim: three times in a row is enough to give it up.
    for (let tries = 0, kept = first.length; tries < 3; tries += 1) {
      if (kept === claims.length) return false
      kept = (await this.#store.heartbeat({ claims, leaseMs: this.#options.leaseMs })).length
    }
    return true
  }

  #count(of: keyof BranchTally, by: number): void {
    this.#tally = { ...this.#tally, [of]: this.#tally[of] + by }
  }
}

type Standing = { readonly seq: number; readonly branches: readonly string[] }

const recordOf = (claims: readonly Claim[], { seq, branches }: Standing): AppendRecord => {
  const sagaId = claims[0]?.sagaId ?? ''
  const { task, comes, goes } = changeOf(claims, branches)
  const events = [saying('goes', goes), saying('comes', comes)]
  if (task.type === 'settle' && task.wake) events.push(saying('wakes', []))
  const base = { row: null, snapshot: null, afterId: null }
  return { ...base, sagaId, seq, appendId: randomUUID(), events, task }
}

/** Any event that has room for a word. */
const saying = (actor: string, branches: readonly string[]): SagaEvent => ({
  type: 'cancel_requested',
  actor,
  reason: JSON.stringify(branches),
})

type Change = {
  readonly task: TaskChange
  readonly comes: readonly string[]
  readonly goes: readonly string[]
}

const changeOf = (claims: readonly Claim[], branches: readonly string[]): Change => {
  const held = claims.map(({ branch }) => branch)
  const [first] = claims
  if (first !== undefined && claims.length === 1 && Math.random() < 0.3) {
    const { branch, claimId } = first
    const task = { type: 'replace', claimId, next: newTask({ branch }) } as const
    return { task, comes: [branch], goes: [] }
  }
  const others = branches.filter((branch) => !held.includes(branch))
  const dropped = others.filter(() => Math.random() < 0.15)
  const goes = [...held, ...dropped]
  const stay = others.filter((branch) => !dropped.includes(branch))
  const free = ['main', ...BRANCHES].filter((branch) => !stay.includes(branch))
  const chosen = free.filter(() => Math.random() < 0.5)
  // A saga without a task would be over.
  const comes = chosen.length > 0 || stay.length > 0 ? chosen : free.slice(0, 1)
  const named = claims.map(({ branch, claimId }) => ({ branch, claimId }))
  const next: readonly NewTask[] = comes.map((branch) => newTask({ branch }))
  const wake = Math.random() < 0.5
  return { task: { type: 'settle', claims: named, dropped, next, wake }, comes, goes }
}
