import type { Pause, PauseStore, PauseTarget } from '../ports/pause-store.ts'
import { addPause, endPause, listPauses } from './pauses.ts'
import type {
  DefinitionStore,
  ListedDefinition,
  RegisterResult,
  StoredDefinition,
} from '../ports/definition-store.ts'
import type { Ids } from '../ports/ids.ts'
import type {
  GrantAnswer,
  GrantRequest,
  LimitsOverride,
  NamedLimits,
  QueueLimits,
  QueueStore,
  QueueUse,
} from '../ports/queue-store.ts'
import type { Backlog, SagaFilter, SagaQueries, SagaRow, TaskRow } from '../ports/saga-queries.ts'
import type {
  AppendRecord,
  AppendResult,
  NamedEntry,
  RequestRecord,
  RequestResult,
  SagaStore,
  StartOptions,
  StartRecord,
  StartResult,
} from '../ports/saga-store.ts'
import type {
  Claim,
  ClaimRecord,
  Heartbeat,
  HeartbeatResult,
  Release,
  OverdueSearch,
  OverdueTask,
  TaskHint,
  TaskSearch,
  TaskStore,
  UndispatchedSearch,
} from '../ports/task-store.ts'
import type { TransactionalStore, TransactionLimits } from '../ports/transactional-store.ts'
import { appendEvents } from './append-events.ts'
import { claimTasks } from './claim-tasks.ts'
import { findDefinition, listDefinitions, registerDefinition } from './definition-rows.ts'
import { findOverdue, findUndispatched } from './find-tasks.ts'
import { grantTasks } from './grant-tasks.ts'
import { keepLeases, releaseClaims } from './keep-leases.ts'
import { MemoryTables } from './memory-tables.ts'
import { MemoryTransaction, type Statement } from './memory-transaction.ts'
import { findEnded, findSaga, listSagas, listTasks, readBacklog } from './query-sagas.ts'
import { declareLimits, overrideLimits, readLimits, readUse } from './queue-rows.ts'
import { requestEvents } from './request-events.ts'
import { SeededIds } from './seeded-ids.ts'
import { startSagas } from './start-sagas.ts'
import { takeOverTasks } from './take-over-tasks.ts'

/** What a memory store is made of. */
export interface MemoryStoreOptions {
  /** The store's clock, in milliseconds since 1970; the only time that leases and delays are measured by. */
  readonly now: () => number
  /** Names for takeovers. Seeded unless given, and then the same in every run. */
  readonly ids?: Pick<Ids, 'unique' | 'nonce'>
}

// A seed that no test is likely to choose: the names must differ from those that the test's own ids make.
const takeoverSeed = 0x5eed_1e55

/**
 * All stores in one, in the memory of this process, for tests and simulation: the same answers as the Postgres adapter
 * under the same conditions, each method in one unbroken step, and nothing kept when the process ends.
 */
export class MemoryStore
  implements
    SagaStore,
    TransactionalStore,
    TaskStore,
    QueueStore,
    DefinitionStore,
    SagaQueries,
    PauseStore
{
  readonly #tables: MemoryTables
  readonly #statements: Statement[] = []

  constructor({ now, ids = new SeededIds(takeoverSeed) }: MemoryStoreOptions) {
    this.#tables = new MemoryTables({ now, ids })
  }

  /**
   * @throws BackstepError `CONFIGURATION_INVALID` when a transaction is given: there is none to join
   */
  async start(
    batch: readonly StartRecord[],
    options: StartOptions = {},
  ): Promise<readonly StartResult[]> {
    return startSagas(this.#tables, batch, options)
  }

  async append(batch: readonly AppendRecord[]): Promise<readonly AppendResult[]> {
    return appendEvents(this.#tables, batch)
  }

  async begin(_: TransactionLimits, signal: AbortSignal): Promise<MemoryTransaction | null> {
    return signal.aborted ? null : new MemoryTransaction(this.#tables, this.#statements)
  }

  /** What handlers said in transactions that were committed, in the order of the commits: it is kept, and not carried out. */
  get statements(): readonly Statement[] {
    return this.#statements
  }

  async request(record: RequestRecord): Promise<RequestResult> {
    return requestEvents(this.#tables, record)
  }

  async readJournal(sagaId: string, afterSeq: number): Promise<readonly NamedEntry[]> {
    return this.#tables.entriesAfter(sagaId, afterSeq)
  }

  async claim(batch: readonly ClaimRecord[]): Promise<readonly (Claim | null)[]> {
    return claimTasks(this.#tables, batch)
  }

  async takeOver(search: TaskSearch & { readonly leaseMs: number }): Promise<readonly Claim[]> {
    return takeOverTasks(this.#tables, search)
  }

  async findOverdue(search: OverdueSearch): Promise<readonly OverdueTask[]> {
    return findOverdue(this.#tables, search)
  }

  async findUndispatched(search: UndispatchedSearch): Promise<readonly TaskHint[]> {
    return findUndispatched(this.#tables, search)
  }

  async heartbeat(beat: Heartbeat): Promise<readonly HeartbeatResult[]> {
    return keepLeases(this.#tables, beat)
  }

  async release(claims: readonly Release[]): Promise<readonly string[]> {
    return releaseClaims(this.#tables, claims)
  }

  async readLimits(): Promise<readonly QueueLimits[]> {
    return readLimits(this.#tables)
  }

  async declareLimits(declared: readonly NamedLimits[]): Promise<void> {
    declareLimits(this.#tables, declared)
  }

  async overrideLimits(change: LimitsOverride): Promise<QueueLimits> {
    return overrideLimits(this.#tables, change)
  }

  async readUse(): Promise<readonly QueueUse[]> {
    return readUse(this.#tables)
  }

  async grant(request: GrantRequest): Promise<GrantAnswer> {
    return grantTasks(this.#tables, request)
  }

  async register(definition: StoredDefinition): Promise<RegisterResult> {
    return registerDefinition(this.#tables, definition)
  }

  async findDefinition(name: string, version: number): Promise<StoredDefinition | undefined> {
    return findDefinition(this.#tables, name, version)
  }

  async listDefinitions(): Promise<readonly ListedDefinition[]> {
    return listDefinitions(this.#tables)
  }

  async findSaga(sagaId: string): Promise<SagaRow | undefined> {
    return findSaga(this.#tables, sagaId)
  }

  async listSagas(filter: SagaFilter): Promise<readonly SagaRow[]> {
    return listSagas(this.#tables, filter)
  }

  async findEnded(sagaIds: readonly string[]): Promise<readonly SagaRow[]> {
    return findEnded(this.#tables, sagaIds)
  }

  async listTasks(sagaId: string): Promise<readonly TaskRow[]> {
    return listTasks(this.#tables, sagaId)
  }

  async readBacklog(): Promise<Backlog> {
    return readBacklog(this.#tables)
  }

  async listPauses(): Promise<readonly Pause[]> {
    return listPauses(this.#tables)
  }

  async pause(target: PauseTarget, by: Pick<Pause, 'actor' | 'reason'>): Promise<boolean> {
    return addPause(this.#tables, target, by)
  }

  async resume(target: PauseTarget): Promise<boolean> {
    return endPause(this.#tables, target)
  }
}
