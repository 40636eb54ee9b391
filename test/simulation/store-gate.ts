import { BackstepError } from '../../packages/engine/src/core/backstep-error.ts'
import type { DefinitionStore } from '../../packages/engine/src/ports/definition-store.ts'
import type { SagaQueries } from '../../packages/engine/src/ports/saga-queries.ts'
import type { StartRecord, StartResult } from '../../packages/engine/src/ports/saga-store.ts'
import type { Heartbeat } from '../../packages/engine/src/ports/task-store.ts'
import type { Draws } from './draws.ts'
import type { Faults } from './faults.ts'
import type { SimNode } from './node.ts'
import type { Timeline } from './timeline.ts'
import type { NodeStore } from './node-store.ts'

/** What a connection is made of. */
export interface StoreGateOptions {
  readonly node: SimNode
  readonly store: NodeStore
  readonly timeline: Timeline
  readonly faults: Faults
  readonly draws: Draws
}

/** A call on its way. */
interface Call<T> {
  readonly name: string
  /** What it is about, for the trace. */
  readonly about: string
  readonly run: () => Promise<T>
  /** Does a part of the work and no more, where there are parts. */
  readonly runHalf?: () => Promise<unknown>
}

type Mishap =
  | 'none'
  | 'lost'
  | 'commit_refused'
  | 'reply_lost'
  | 'commit_after_error'
  | 'half_batch'

/** Longer than the longest lease: who waits so long has lost what it held. */
const slowCallMs = 6_000

/**
 * A process's connection to the store: requests and replies take their time, and either may get lost, before the commit or
 * after it. A request that is on its way when its process dies may be carried out all the same.
 */
export class StoreGate {
  readonly #options: StoreGateOptions
  /** The farther it is, the more branches have something to say by the time that a row is written. */
  readonly #distanceMs: number
  #underWay = 0

  constructor(options: StoreGateOptions) {
    this.#options = options
    this.#distanceMs = options.draws.pick([3, 3, 25])
  }

  /** How many calls have not been answered, heartbeats and sweeps aside. */
  get underWay(): number {
    return this.#underWay
  }

  /** The store as the process sees it. */
  get store(): Omit<NodeStore, 'begin' | 'takeStatements'> {
    return { ...this.#writes(), ...this.#searches(), ...this.#reads() }
  }

  #writes(): Pick<NodeStore, 'start' | 'append' | 'request' | 'claim' | 'release'> {
    const { store } = this.#options
    return {
      start: (batch) =>
        this.#counted({
          name: 'start',
          about: batch.map(({ sagaId, claim }) => `${sagaId}/${claim?.claimId ?? ''}`).join(),
          run: () => this.#start(batch),
          ...halfOf(batch, (half) => store.start(half)),
        }),
      append: (batch) =>
        this.#counted({
          name: 'append',
          about: batch.map(describeAppend).join(),
          run: () => store.append(batch),
          ...halfOf(batch, (half) => store.append(half)),
        }),
      request: (record) => {
        const about = `${record.sagaId} ${record.events.map(({ type }) => type).join('+')}`
        return this.#counted({ name: 'request', about, run: () => store.request(record) })
      },
      claim: (batch) =>
        this.#counted({
          name: 'claim',
          about: batch.map(({ sagaId, claimId }) => `${sagaId}/${claimId}`).join(),
          run: () => store.claim(batch),
          ...halfOf(batch, (half) => store.claim(half)),
        }),
      release: (claims) => {
        const about = claims.map(({ claimId }) => claimId).join()
        return this.#counted({ name: 'release', about, run: () => store.release(claims) })
      },
    }
  }

  #searches(): Pick<
    NodeStore,
    'takeOver' | 'findOverdue' | 'findUndispatched' | 'heartbeat' | 'readJournal'
  > {
    const { store } = this.#options
    return {
      takeOver: (search) =>
        this.#plain('takeOver', '', () => this.#seen(() => store.takeOver(search))),
      findOverdue: (search) =>
        this.#plain('findOverdue', '', () => this.#seen(() => store.findOverdue(search))),
      findUndispatched: (search) =>
        this.#plain('findUndispatched', '', () => store.findUndispatched(search)),
      heartbeat: (beat) =>
        this.#plain('heartbeat', String(beat.claims.length), () => this.#heartbeat(beat)),
      readJournal: (sagaId, afterSeq) => {
        const about = `${sagaId}>${afterSeq}`
        const run = (): ReturnType<NodeStore['readJournal']> => store.readJournal(sagaId, afterSeq)
        return this.#counted({ name: 'readJournal', about, run })
      },
    }
  }

  #reads(): DefinitionStore & SagaQueries {
    const { store } = this.#options
    return {
      register: (definition) =>
        this.#plain('register', definition.plan.name, () => store.register(definition)),
      findDefinition: (name, version) =>
        this.#plain('findDefinition', name, () => store.findDefinition(name, version)),
      listDefinitions: () => this.#plain('listDefinitions', '', () => store.listDefinitions()),
      findSaga: (sagaId) => this.#plain('findSaga', sagaId, () => store.findSaga(sagaId)),
      listSagas: (filter) => this.#plain('listSagas', '', () => store.listSagas(filter)),
      findEnded: (ids) => this.#plain('findEnded', ids.join(), () => store.findEnded(ids)),
      listTasks: (sagaId) => this.#plain('listTasks', sagaId, () => store.listTasks(sagaId)),
      readBacklog: () => this.#plain('readBacklog', '', () => store.readBacklog()),
    }
  }

  /** Any other call that is to be answered. */
  call<T>(name: string, run: () => Promise<T>): Promise<T> {
    return this.#counted({ name, about: '', run })
  }

  /** Something on its way that this knows nothing else about. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#underWay += 1
    try {
      return await work
    } finally {
      this.#underWay -= 1
    }
  }

  /** How long a message takes. */
  latencyMs(): number {
    return this.#latencyMs()
  }

  #plain<T>(name: string, about: string, run: () => Promise<T>): Promise<T> {
    return this.#call({ name, about, run })
  }

  #counted<T>(call: Call<T>): Promise<T> {
    return this.during(this.#call(call))
  }

  #call<T>(call: Call<T>): Promise<T> {
    const { node, timeline, draws } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const mishap = this.#mishap(call)
    const label = `${call.name} ${call.about}`
    node.note(`calls ${label}`)
    const fail = (): void =>
      void node.reach(this.#latencyMs(), `! ${mishap} ${call.name}`, () =>
        reject(
          new BackstepError('DATABASE_UNAVAILABLE', `The simulated store is away: ${mishap}.`),
        ),
      )
    const answer = (): void => this.#answer(call, { resolve, reject })
    if (mishap === 'lost' || mishap === 'commit_refused') {
      timeline.after(this.#latencyMs(), null, `${node.name} x ${label}`, fail)
      return promise
    }
    if (mishap === 'commit_after_error') fail()
    const delayMs =
      this.#latencyMs() + (mishap === 'commit_after_error' ? draws.between(1, 400) : 0)
    timeline.after(delayMs, null, `${node.name} > ${label}`, () => {
      if (!this.arrives()) return
      if (mishap === 'none') answer()
      else if (mishap === 'commit_after_error') void call.run().catch(() => {})
      else {
        const work = mishap === 'half_batch' ? call.runHalf : call.run
        void work?.().then(fail, fail)
      }
    })
    return promise
  }

  #answer<T>(
    { name, run }: Call<T>,
    { resolve, reject }: Pick<PromiseWithResolvers<T>, 'resolve' | 'reject'>,
  ): void {
    const { node } = this.#options
    run().then(
      (result) =>
        void node.reach(this.#latencyMs(), `< ${name} ${summary(result)}`, () => resolve(result)),
      (error: unknown) =>
        void node.reach(this.#latencyMs(), `< ${name} error`, () => reject(error)),
    )
  }

  /** What was sent by a process that has died since may be carried out or not. */
  arrives(): boolean {
    const { node, faults } = this.#options
    return !node.isDead || faults.strikes('committed_by_the_dead')
  }

  #mishap<T>({ runHalf }: Call<T>): Mishap {
    const { node, faults } = this.#options
    if (node.isCutOff) return 'lost'
    if (runHalf !== undefined && faults.strikes('half_batch')) return 'half_batch'
    if (faults.strikes('commit_refused')) return 'commit_refused'
    if (faults.strikes('reply_lost')) return 'reply_lost'
    if (faults.strikes('commit_after_error')) return 'commit_after_error'
    return 'none'
  }

  #latencyMs(): number {
    const { draws, faults } = this.#options
    if (faults.strikes('slow_call')) return draws.between(50, slowCallMs)
    return draws.between(0, this.#distanceMs)
  }

  /** A sweep passes over rows that somebody else has locked at that moment. */
  async #seen<T>(search: () => Promise<readonly T[]>): Promise<readonly T[]> {
    return this.#options.faults.strikes('sweep_blind') ? [] : search()
  }

  /** And so does a heartbeat. */
  async #heartbeat(beat: Heartbeat): ReturnType<NodeStore['heartbeat']> {
    const { faults, store } = this.#options
    const claims = beat.claims.filter(() => !faults.strikes('row_busy'))
    return store.heartbeat({ ...beat, claims })
  }

  /** Somebody's open transaction may have taken a key. */
  async #start(batch: readonly StartRecord[]): Promise<readonly StartResult[]> {
    const { faults, store } = this.#options
    const busy = new Set(
      batch.filter(({ event }) => event.key !== null && faults.strikes('key_busy')),
    )
    if (busy.size === 0) return store.start(batch)
    const started = [...(await store.start(batch.filter((record) => !busy.has(record))))]
    return batch.flatMap((record) => {
      if (busy.has(record)) return [{ status: 'busy', sagaId: record.sagaId } as const]
      return started.shift() ?? []
    })
  }
}

function halfOf<Row>(
  batch: readonly Row[],
  run: (half: readonly Row[]) => Promise<unknown>,
): { readonly runHalf?: () => Promise<unknown> } {
  return batch.length < 2 ? {} : { runHalf: () => run(batch.slice(0, batch.length >> 1)) }
}

type Appended = Parameters<NodeStore['append']>[0][number]

function describeAppend({ sagaId, seq, events, task }: Appended): string {
  return `${sagaId}#${seq} ${events.map(({ type }) => type).join('+')} ${task.type}`
}

function summary(result: unknown): string {
  if (!Array.isArray(result)) return result === undefined ? 'nothing' : ''
  return result.map((one: unknown) => outline(one)).join()
}

function outline(one: unknown): string {
  if (typeof one !== 'object' || one === null) return String(one)
  if ('applied' in one) return one.applied === true ? 'applied' : 'refused'
  if ('claimId' in one && 'sagaId' in one) return `${String(one.sagaId)}/${String(one.claimId)}`
  if ('sagaId' in one) return String(one.sagaId)
  return '+'
}
