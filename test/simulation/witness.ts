import { isDeepStrictEqual } from 'node:util'
import type { SagaEvent } from '../../packages/engine/src/core/event.ts'
import type {
  AppendRecord,
  AppendResult,
  RequestRecord,
  RequestResult,
  StartRecord,
} from '../../packages/engine/src/ports/saga-store.ts'
import type {
  Claim,
  ClaimRecord,
  Heartbeat,
  HeartbeatResult,
  Release,
} from '../../packages/engine/src/ports/task-store.ts'
import type { OpenTransaction } from '../../packages/engine/src/ports/transactional-store.ts'
import { appendProblems } from './append-problems.ts'
import type { Faults, FaultKind } from './faults.ts'
import { passedOn, type NodeStore } from './node-store.ts'
import type { SimNode } from './node.ts'
import { SagaRecord } from './saga-record.ts'
import type { PlanOf } from './shapes.ts'
import type { Timeline } from './timeline.ts'

/** What a witness needs. */
export interface WitnessOptions {
  readonly store: NodeStore
  readonly timeline: Timeline
  readonly faults: Faults
  readonly planOf: PlanOf
  /** Told of each handler, by its number, that took effect in a transaction: now it has. */
  readonly onCommitted: (callNo: number) => void
}

/**
 * Stands between all processes and the store, lets everything pass, and holds every single change against what must hold
 * between one row and the next: a mutant that ends well may still have gone the wrong way.
 */
export class Witness {
  readonly violations: string[] = []
  readonly #options: WitnessOptions
  readonly #sagas = new Map<string, SagaRecord>()
  #grants = 0
  #found = 0

  constructor(options: WitnessOptions) {
    this.#options = options
  }

  /** How many claims were granted: by hint, by sweep, by takeover, or at birth. */
  get grants(): number {
    return this.#grants
  }

  /** How many tasks came to a worker without a hint: found by its sweep, taken over, or born in its hands. */
  get found(): number {
    return this.#found
  }

  /** What is known about each saga. */
  get sagas(): ReadonlyMap<string, SagaRecord> {
    return this.#sagas
  }

  /** Something must not have happened. */
  accuse(sagaId: string, what: string): void {
    const at = (this.#options.timeline.nowMs / 1_000).toFixed(3)
    this.violations.push(`${sagaId} at ${at} s: ${what}`)
  }

  /** The store as one process sees it. */
  seenBy(node: SimNode): NodeStore {
    const { store } = this.#options
    return {
      ...passedOn(store),
      start: (batch) => this.#start(node, batch),
      append: (batch) => this.#append(node, batch),
      request: (record) => this.#request(record),
      claim: (batch) => this.#claim(node, batch),
      takeOver: (search) => this.#takeOver(node, search),
      findOverdue: async (search) => {
        const hints = await store.findOverdue(search)
        this.#found += hints.length
        return hints
      },
      heartbeat: (beat) => this.#heartbeat(beat),
      release: (claims) => this.#release(claims),
      begin: async (limits, signal) => {
        const open = await store.begin(limits, signal)
        return open === null ? null : this.#watched(open, node)
      },
    }
  }

  /** A transaction whose end is heard of. */
  #watched(open: OpenTransaction, node: SimNode): OpenTransaction {
    return {
      handle: open.handle,
      commit: async (record) => {
        const result = await open.commit(record)
        this.#takeEffects()
        if (result.status === 'committed') await this.#appended(record, node)
        return result
      },
      rollback: async () => {
        await open.rollback()
        this.#takeEffects()
      },
    }
  }

  #takeEffects(): void {
    const { store, onCommitted } = this.#options
    for (const { values } of store.takeStatements()) onCommitted(Number(values[0]))
  }

  async #start(
    node: SimNode,
    batch: readonly StartRecord[],
  ): Promise<Awaited<ReturnType<NodeStore['start']>>> {
    const results = await this.#options.store.start(batch)
    for (const [index, { sagaId, task, claim }] of batch.entries()) {
      if (results[index]?.status !== 'started') continue
      const record = this.#record(sagaId)
      if (claim !== null) {
        this.#found += 1
        this.#granted(record, { ...claim, branch: task.branch, node })
      }
      await this.#changed(record)
    }
    return results
  }

  async #append(node: SimNode, batch: readonly AppendRecord[]): Promise<readonly AppendResult[]> {
    const results = await this.#options.store.append(batch)
    for (const [index, record] of batch.entries()) {
      if (results[index]?.applied === true) await this.#appended(record, node)
    }
    return results
  }

  async #request(request: RequestRecord): Promise<RequestResult> {
    const result = await this.#options.store.request(request)
    if (result.applied) await this.#changed(this.#record(request.sagaId))
    return result
  }

  async #claim(node: SimNode, batch: readonly ClaimRecord[]): Promise<readonly (Claim | null)[]> {
    const granted = await this.#options.store.claim(batch)
    for (const [index, { leaseMs }] of batch.entries()) {
      const claim = granted[index] ?? null
      if (claim !== null) this.#claimed(claim, leaseMs, node)
    }
    return granted
  }

  async #takeOver(
    node: SimNode,
    search: Parameters<NodeStore['takeOver']>[0],
  ): Promise<readonly Claim[]> {
    const taken = await this.#options.store.takeOver(search)
    this.#found += taken.length
    for (const [sagaId, claims] of Map.groupBy(taken, (claim) => claim.sagaId)) {
      await this.#takenOver(this.#record(sagaId), { claims, leaseMs: search.leaseMs, node })
    }
    return taken
  }

  async #heartbeat(beat: Heartbeat): Promise<readonly HeartbeatResult[]> {
    const { store, timeline } = this.#options
    const kept = await store.heartbeat(beat)
    for (const { claimId } of kept) {
      const sagaId = beat.claims.find((claim) => claim.claimId === claimId)?.sagaId ?? ''
      const stands = this.#record(sagaId).extend(claimId, timeline.nowMs + beat.leaseMs)
      if (!stands) this.accuse(sagaId, `${claimId} was kept, and does not stand`)
    }
    return kept
  }

  async #release(claims: readonly Release[]): Promise<readonly string[]> {
    const released = await this.#options.store.release(claims)
    for (const { sagaId, claimId } of claims) {
      if (!released.includes(claimId)) continue
      this.#record(sagaId).drop(claimId)
      await this.#changed(this.#record(sagaId))
    }
    return released
  }

  #record(sagaId: string): SagaRecord {
    const known = this.#sagas.get(sagaId)
    if (known !== undefined) return known
    const accuse = (what: string): void => this.accuse(sagaId, what)
    const onTrait = (trait: FaultKind): void => this.#options.faults.count(trait)
    const { planOf } = this.#options
    const record = new SagaRecord(sagaId, { planOf, accuse, onTrait })
    this.#sagas.set(sagaId, record)
    return record
  }

  #granted(
    record: SagaRecord,
    claim: {
      readonly branch: string
      readonly claimId: string
      readonly leaseMs: number
      readonly node: SimNode
    },
  ): void {
    this.#grants += 1
    record.hold(claim, this.#options.timeline.nowMs + claim.leaseMs)
  }

  #claimed({ sagaId, branch, claimId }: Claim, leaseMs: number, node: SimNode): void {
    const record = this.#record(sagaId)
    const standing = record.claimOn(branch)
    if (standing !== undefined && standing.claimId !== claimId) {
      this.accuse(sagaId, `${claimId} was granted while ${standing.claimId} stands`)
    }
    this.#granted(record, { branch, claimId, leaseMs, node })
  }

  /** All that is taken over of one saga at once is told in one row. */
  async #takenOver(
    record: SagaRecord,
    taken: { readonly claims: readonly Claim[]; readonly leaseMs: number; readonly node: SimNode },
  ): Promise<void> {
    const { claims, leaseMs, node } = taken
    const { sagaId, seq } = record
    const lost = claims.map(({ branch, claimId }) => {
      const former = record.claimOn(branch)
      if (former === undefined || former.untilMs >= this.#options.timeline.nowMs) {
        this.accuse(sagaId, `${claimId} took ${branch} over, whose lease had not run out`)
      }
      return former?.claimId ?? ''
    })
    const events = await this.#read(record)
    const told = events.flatMap((event) => (event.type === 'lease_lost' ? [event.claimId] : []))
    if (!isDeepStrictEqual(told.toSorted(), lost.toSorted())) {
      this.accuse(
        sagaId,
        `it was taken over, and no row says that a claim was lost: ${told.join()}`,
      )
    }
    const rows = record.entries.slice(seq).filter((entry) => entry.events.some(isLoss))
    if (rows.length > 1) this.accuse(sagaId, 'what was taken over at once is in several rows')
    for (const { branch, claimId } of claims) {
      this.#options.faults.count('lease_taken_over')
      this.#granted(record, { branch, claimId, leaseMs, node })
    }
    await this.#compare(record)
  }

  async #appended(appended: AppendRecord, node: SimNode): Promise<void> {
    const { sagaId, task } = appended
    const record = this.#record(sagaId)
    const before = record.seq
    const problems = appendProblems(record, appended, node)
    await this.#read(record)
    // The same append once more, after a lost reply: it counted the first time.
    if (record.seq === before) return
    if (task.type === 'replace') record.drop(task.claimId)
    if (task.type === 'remove') record.dropAll()
    if (task.type === 'settle') record.settle(task)
    for (const what of problems) this.accuse(sagaId, what)
    if (record.seq > before + 1) this.accuse(sagaId, 'one append made several rows')
    await this.#compare(record)
  }

  /** Reads what is new of a saga, and judges it. */
  async #changed(record: SagaRecord): Promise<void> {
    await this.#read(record)
    await this.#compare(record)
  }

  async #read(record: SagaRecord): Promise<ReturnType<SagaRecord['read']>> {
    const { sagaId, seq } = record
    return record.read(await this.#options.store.readJournal(sagaId, seq))
  }

  /** Holds what is known against what people see. */
  async #compare(record: SagaRecord): Promise<void> {
    const { store } = this.#options
    const { sagaId } = record
    record.compare(await store.findSaga(sagaId), await store.listTasks(sagaId))
  }
}

function isLoss({ type }: SagaEvent): boolean {
  return type === 'lease_lost'
}
