import type { Pause, PauseStore, PauseTarget } from '../ports/pause-store.ts'
import { resumePaused } from './pauses.ts'
import { insertPause } from './queries/insert-pause.ts'
import { listPauses } from './queries/list-pauses.ts'
import type {
  DefinitionStore,
  ListedDefinition,
  RegisterResult,
  StoredDefinition,
} from '../ports/definition-store.ts'
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
import type {
  OpenTransaction,
  TransactionalStore,
  TransactionLimits,
} from '../ports/transactional-store.ts'
import { appendEvents } from './append-events.ts'
import { cutIntoBatches, runBatch } from './batches.ts'
import { claimTasks } from './claim-tasks.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { plannedAnew } from './planned-anew.ts'
import { archivedSagas } from './queries/archived-sagas.ts'
import { claimOf } from './queries/claimed-row.ts'
import { extendLeases } from './queries/extend-leases.ts'
import { findDefinition } from './queries/find-definition.ts'
import { findEnded } from './queries/find-ended.ts'
import { findOverdue } from './queries/find-overdue.ts'
import { findSagas } from './queries/find-sagas.ts'
import { findUndispatched } from './queries/find-undispatched.ts'
import { grantTasks } from './queries/grant-tasks.ts'
import { listDefinitions } from './queries/list-definitions.ts'
import { listSagas } from './queries/list-sagas.ts'
import { listTasks } from './queries/list-tasks.ts'
import { readBacklog } from './queries/read-backlog.ts'
import { readJournal } from './queries/read-journal.ts'
import { readLimits } from './queries/read-limits.ts'
import { readQueueUse } from './queries/read-queue-use.ts'
import { releaseClaims } from './queries/release-claims.ts'
import { takeOverExpired } from './queries/take-over-expired.ts'
import { declareLimits, overrideLimits } from './queries/write-limits.ts'
import { registerDefinition } from './register-definition.ts'
import { requestEvents, requestIn } from './request-events.ts'
import { runStatement } from './run-statement.ts'
import { isSagaId } from './saga-id.ts'
import type { SqlExecutor } from './sql-executor.ts'
import { startSagas } from './start-sagas.ts'

/**
 * All stores in one, in Postgres: the truth. Each method is one statement for any number of sagas, plus a look at what it
 * lost to where it lost. What is read of sagas that are not there any more is looked for in the archive.
 *
 * A record that Postgres refuses (a value that it cannot store, for example) fails the call after all its neighbors were
 * written; to learn which one it is, repeat them one by one.
 */
export class PostgresStore
  implements
    SagaStore,
    TransactionalStore,
    TaskStore,
    QueueStore,
    DefinitionStore,
    SagaQueries,
    PauseStore
{
  readonly #executor: SqlExecutor
  readonly #heartbeatExecutor: SqlExecutor

  readonly #transactions: PostgresConnection['transactions']

  constructor(
    connection: Pick<PostgresConnection, 'executor' | 'heartbeatExecutor' | 'transactions'>,
  ) {
    this.#executor = connection.executor
    this.#transactions = connection.transactions
    this.#heartbeatExecutor = connection.heartbeatExecutor
  }

  async start(
    batch: readonly StartRecord[],
    options?: StartOptions,
  ): Promise<readonly StartResult[]> {
    return startSagas(this.#executor, batch, options)
  }

  async append(batch: readonly AppendRecord[]): Promise<readonly AppendResult[]> {
    return appendEvents(this.#executor, batch)
  }

  async begin(limits: TransactionLimits, signal: AbortSignal): Promise<OpenTransaction | null> {
    return this.#transactions.begin(limits, signal)
  }

  async request(record: RequestRecord, options?: StartOptions): Promise<RequestResult> {
    if (!isSagaId(record.sagaId)) return { applied: false }
    return options?.transaction === undefined
      ? requestEvents(this.#executor, record)
      : requestIn(this.#executor, record, options.transaction)
  }

  async readJournal(sagaId: string, afterSeq: number): Promise<readonly NamedEntry[]> {
    if (!isSagaId(sagaId)) return []
    const entries = await runStatement(() => readJournal(this.#executor, sagaId, afterSeq))
    if (entries.length > 0) return entries
    return runStatement(() => readJournal(this.#executor, sagaId, afterSeq, 'archived_journal'))
  }

  async claim(batch: readonly ClaimRecord[]): Promise<readonly (Claim | null)[]> {
    return claimTasks(this.#executor, batch)
  }

  async takeOver(search: TaskSearch & { readonly leaseMs: number }): Promise<readonly Claim[]> {
    const rows = await runStatement(() => takeOverExpired(this.#executor, search))
    return rows.map((row) => claimOf(row))
  }

  async findOverdue(search: OverdueSearch): Promise<readonly OverdueTask[]> {
    return runStatement(() => findOverdue(this.#executor, search))
  }

  async findUndispatched(search: UndispatchedSearch): Promise<readonly TaskHint[]> {
    return runStatement(() => findUndispatched(this.#executor, search))
  }

  async heartbeat(beat: Heartbeat): Promise<readonly HeartbeatResult[]> {
    // Sent without claims too: by its answer a worker knows that it can reach Postgres.
    return runStatement(() => extendLeases(this.#heartbeatExecutor, beat))
  }

  async release(claims: readonly Release[]): Promise<readonly string[]> {
    const released: string[] = []
    for (const batch of cutIntoBatches(claims, () => 0)) {
      const part = await runBatch(batch, (rows, lockTimeoutMs) =>
        releaseClaims(this.#executor, rows, lockTimeoutMs),
      )
      released.push(...part)
    }
    return released
  }

  async readLimits(): Promise<readonly QueueLimits[]> {
    return runStatement(() => readLimits(this.#executor))
  }

  async declareLimits(declared: readonly NamedLimits[]): Promise<void> {
    return runStatement(() => declareLimits(this.#executor, declared))
  }

  async overrideLimits(change: LimitsOverride): Promise<QueueLimits> {
    return runStatement(() => overrideLimits(this.#executor, change))
  }

  async readUse(): Promise<readonly QueueUse[]> {
    return runStatement(() => plannedAnew(this.#executor, readQueueUse))
  }

  async grant(request: GrantRequest): Promise<GrantAnswer> {
    return runStatement(() => grantTasks(this.#executor, request))
  }

  async register(definition: StoredDefinition): Promise<RegisterResult> {
    return runStatement(() => registerDefinition(this.#executor, definition))
  }

  async findDefinition(name: string, version: number): Promise<StoredDefinition | undefined> {
    return runStatement(() => findDefinition(this.#executor, name, version))
  }

  async listDefinitions(): Promise<readonly ListedDefinition[]> {
    return runStatement(() => listDefinitions(this.#executor))
  }

  async findSaga(sagaId: string): Promise<SagaRow | undefined> {
    if (!isSagaId(sagaId)) return undefined
    const [row] = await runStatement(() => findSagas(this.#executor, [sagaId]))
    return row ?? (await this.#findArchived([sagaId]))[0]
  }

  async listSagas(filter: SagaFilter): Promise<readonly SagaRow[]> {
    // Ids are listed in their order, and nothing comes before what is none.
    if (filter.before !== undefined && !isSagaId(filter.before)) return []
    const rows = await this.#list((executor) => listSagas(executor, filter))
    // A key has one saga of each definition, wherever that is; everything else is asked of the sagas in use.
    if (filter.key === undefined) return rows
    const archived = await this.#list((executor) =>
      listSagas(executor, filter, archivedSagas(executor)),
    )
    return newestFirst([...rows, ...archived]).slice(0, filter.limit)
  }

  async findEnded(sagaIds: readonly string[]): Promise<readonly SagaRow[]> {
    const ids = sagaIds.filter((sagaId) => isSagaId(sagaId))
    if (ids.length === 0) return []
    const { rows, missing } = await runStatement(() => findEnded(this.#executor, ids))
    return missing.length === 0 ? rows : [...rows, ...(await this.#findArchived(missing))]
  }

  async listTasks(sagaId: string): Promise<readonly TaskRow[]> {
    if (!isSagaId(sagaId)) return []
    return runStatement(() => listTasks(this.#executor, sagaId))
  }

  async readBacklog(): Promise<Backlog> {
    return runStatement(() => readBacklog(this.#executor))
  }

  async #list(
    list: (executor: SqlExecutor) => Promise<readonly SagaRow[]>,
  ): Promise<readonly SagaRow[]> {
    return runStatement(() => plannedAnew(this.#executor, list))
  }

  async #findArchived(sagaIds: readonly string[]): Promise<readonly SagaRow[]> {
    return runStatement(() => findSagas(this.#executor, sagaIds, archivedSagas(this.#executor)))
  }

  async listPauses(): Promise<readonly Pause[]> {
    return runStatement(() => listPauses(this.#executor))
  }

  async pause(target: PauseTarget, by: Pick<Pause, 'actor' | 'reason'>): Promise<boolean> {
    return runStatement(() => insertPause(this.#executor, target, by))
  }

  async resume(target: PauseTarget): Promise<boolean> {
    return resumePaused(this.#executor, target)
  }
}

/** One that was on its way into the archive may have been seen in both places. */
function newestFirst(rows: readonly SagaRow[]): readonly SagaRow[] {
  const found = new Map(rows.map((row) => [row.sagaId, row]))
  return [...found.values()].toSorted((a, b) => (a.sagaId < b.sagaId ? 1 : -1))
}
