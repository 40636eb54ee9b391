import { SeededIds } from '@backstep/engine/memory'

import type { JournalEntry, SagaEvent } from '../../packages/engine/src/core/event.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import type {
  AppendRecord,
  NewTask,
  NamedEntry,
  RequestRecord,
  SagaRowChange,
  StartRecord,
} from '../../packages/engine/src/ports/saga-store.ts'
import type {
  Claim,
  ClaimName,
  ClaimRecord,
  HeartbeatResult,
  Release,
} from '../../packages/engine/src/ports/task-store.ts'
import type { OpenStore, StoreUnderTest } from './store-under-test.ts'

/** A time that no test lives to see the end of. */
export const LONG_MS = 600_000

/** The queue of every task that names no other. */
export const QUEUE = 'orders'

/** What may be said about a saga that is to be started; the rest is made up. */
export type StartWish = Partial<Omit<StartRecord, 'event' | 'task'>> & {
  readonly event?: Partial<StartRecord['event']>
  readonly task?: Partial<NewTask>
}

/** A store, and the words in which tests talk to it. */
export class Scene {
  readonly store: StoreUnderTest['store']
  readonly passTime: StoreUnderTest['passTime']
  readonly nowMs: StoreUnderTest['nowMs']
  readonly ids: SeededIds = new SeededIds(20_260_101)
  readonly close: StoreUnderTest['close']

  private constructor(opened: StoreUnderTest) {
    this.store = opened.store
    this.passTime = opened.passTime
    this.nowMs = opened.nowMs
    this.close = opened.close
  }

  /** An empty store that knows the plans of the sagas below. */
  static async open(open: OpenStore): Promise<Scene> {
    const scene = new Scene(await open())
    for (const version of [1, 2]) await scene.store.register(definitionOf('order', version))
    await scene.store.register(definitionOf('travel', 1))
    return scene
  }

  /** A task that may be claimed at once and is due at once. */
  newTask(wish: Partial<NewTask> = {}): NewTask {
    const nonce = this.ids.nonce()
    return { branch: 'main', queue: QUEUE, nonce, delayMs: 0, dispatchGraceMs: 0, ...wish }
  }

  startRecord(wish: StartWish = {}): StartRecord {
    const event = { name: 'order', version: 1, key: null, input: { amount: 5 }, ...wish.event }
    return {
      sagaId: this.ids.sortable(),
      appendId: this.ids.unique(),
      inputHash: event.key === null ? null : 'hash-of-input',
      claim: null,
      ...wish,
      event: { type: 'saga_started', ...event },
      task: this.newTask(wish.task),
    }
  }

  async start(wish: StartWish = {}): Promise<StartRecord> {
    const record = this.startRecord(wish)
    await this.store.start([record])
    return record
  }

  claimRecord(started: StartRecord, wish: Partial<ClaimRecord> = {}): ClaimRecord {
    const { sagaId, task } = started
    const { branch, nonce } = task
    return {
      sagaId,
      branch,
      nonce,
      claimId: this.ids.unique(),
      leaseMs: LONG_MS,
      known: null,
      ...wish,
    }
  }

  /** Claims the saga's first task. */
  async claim(started: StartRecord, wish: Partial<ClaimRecord> = {}): Promise<Claim> {
    const [claim] = await this.store.claim([this.claimRecord(started, wish)])
    if (claim === null || claim === undefined) throw new Error('The claim was not granted.')
    return claim
  }

  async startAndClaim(wish: StartWish = {}): Promise<Claim> {
    return this.claim(await this.start(wish))
  }

  /** A saga's rows after a number, as a claim gives them. */
  entries(sagaId: string, afterSeq: number): Promise<readonly NamedEntry[]> {
    return this.store.readJournal(sagaId, afterSeq)
  }

  /** An append of one event at 2, which is next in a saga that has only been started. */
  appendRecord(sagaId: string, wish: Partial<AppendRecord> = {}): AppendRecord {
    const appendId = this.ids.unique()
    const base = {
      seq: 2,
      events: [succeeded('reserve')],
      task: { type: 'keep' },
      row: null,
      snapshot: null,
      afterId: null,
    } as const
    return { sagaId, appendId, ...base, ...wish }
  }

  /** Appends one row and tells whether it was applied. */
  async append(sagaId: string, wish: Partial<AppendRecord> = {}): Promise<boolean> {
    const [result] = await this.store.append([this.appendRecord(sagaId, wish)])
    return result?.applied ?? false
  }

  requestRecord(sagaId: string): RequestRecord {
    return { sagaId, appendId: this.ids.unique(), events: [cancelRequested] }
  }

  releaseRecord(claim: Claim, wish: Partial<Release> = {}): Release {
    const { sagaId, branch, claimId, wake } = claim
    return { sagaId, branch, claimId, wake, nonce: this.ids.nonce(), delayMs: 0, ...wish }
  }

  /** A claim whose lease is over before this resolves. */
  async expiredClaim(wish: StartWish = {}): Promise<Claim> {
    const claim = await this.claim(await this.start(wish), { leaseMs: 1 })
    await this.passTime(5)
    return claim
  }

  /** Says that these claims are alive, for a long time. */
  async heartbeat(claims: readonly ClaimName[]): Promise<readonly HeartbeatResult[]> {
    const names = claims.map(({ sagaId, claimId }) => ({ sagaId, claimId }))
    return this.store.heartbeat({ claims: names, leaseMs: LONG_MS })
  }

  /** The claims that a sweep over the given queues takes over. */
  takeOver(limit = 100, queues: readonly string[] = [QUEUE]): Promise<readonly Claim[]> {
    return this.store.takeOver({ queues, limit, leaseMs: LONG_MS })
  }

  /** The journal, each row as its number and the types of its events. */
  async journal(sagaId: string): Promise<readonly string[]> {
    return rowsOf(await this.store.readJournal(sagaId, 0))
  }

  /** Ends a saga as completed, from its fresh claim. */
  async complete(claim: Claim, output: SagaRowChange['output'] = null): Promise<boolean> {
    const { sagaId, branch, claimId } = claim
    const row = rowChange({ status: 'completed', output })
    const task = { type: 'remove', branch, claimId } as const
    return this.append(sagaId, { events: [{ type: 'saga_completed', output }], task, row })
  }
}

/** Rows as their numbers and the types of their events. */
export function rowsOf(entries: readonly JournalEntry[]): readonly string[] {
  return entries.map(({ seq, events }) => [seq, ...events.map(({ type }) => type)].join(' '))
}

/** A verdict on a step of the main branch. */
export function succeeded(step: string): SagaEvent {
  return { type: 'action_succeeded', branch: 'main', step, attempt: 1, output: { step } }
}

/** What an outsider asks for. */
export const cancelRequested: SagaEvent = {
  type: 'cancel_requested',
  actor: 'ada',
  reason: 'second thoughts',
}

/** A saga's row while it runs, but for what is given. */
export function rowChange(wish: Partial<SagaRowChange>): SagaRowChange {
  return {
    status: 'running',
    stuckCode: null,
    stuckStep: null,
    failure: null,
    output: null,
    ...wish,
  }
}

/** A plan without steps: stores do not look inside. */
export function planOf(name: string, version: number): Plan {
  return { name, version, inputSchema: { type: 'object' }, nodes: [] }
}

/** The same with a fingerprint. */
export function definitionOf(
  name: string,
  version: number,
): { readonly fingerprint: string; readonly plan: Plan } {
  return { fingerprint: `${name}-${version}`, plan: planOf(name, version) }
}
