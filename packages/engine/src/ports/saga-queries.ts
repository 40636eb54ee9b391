import type { SagaFailure } from '../core/failure.ts'
import type { JsonValue } from '../core/json.ts'
import type { SagaStatus } from '../core/state.ts'
import type { StuckCode } from '../core/stuck.ts'

/**
 * The reading side: what people and programs ask about sagas. Never used to decide anything. A store may keep sagas that ended
 * long ago in an archive, and finds them there; the one in memory has none.
 */
export interface SagaQueries {
  /** Undefined when there is no such saga. */
  findSaga(sagaId: string): Promise<SagaRow | undefined>

  /** Newest first, by their ids. Archived sagas, where there is an archive, are listed by their key only. */
  listSagas(filter: SagaFilter): Promise<readonly SagaRow[]>

  /** Those of the given sagas that have ended, in any order; one query for any number of waiting callers. */
  findEnded(sagaIds: readonly string[]): Promise<readonly SagaRow[]>

  /** What is held or due for a saga right now. */
  listTasks(sagaId: string): Promise<readonly TaskRow[]>

  /** Numbers for health and metrics. */
  readBacklog(): Promise<Backlog>
}

/** One saga as people see it. */
export interface SagaRow {
  readonly sagaId: string
  readonly name: string
  readonly version: number
  readonly key: string | null
  readonly status: SagaStatus
  /** No handler is started until an operator resumes the saga. */
  readonly paused: boolean
  readonly stuckCode: StuckCode | null
  readonly stuckStep: string | null
  readonly failure: SagaFailure | null
  /** Null unless completed. */
  readonly output: JsonValue
  readonly startedAt: number
  /** When the status last changed. */
  readonly changedAt: number
}

/** Which sagas to list; what is left out does not filter. */
export interface SagaFilter {
  readonly statuses?: readonly SagaStatus[]
  readonly name?: string
  readonly key?: string
  /** Started at least this many milliseconds ago, on Postgres's clock. */
  readonly olderThanMs?: number
  /** Only sagas before this one in the list: the last of the previous page. */
  readonly before?: string
  readonly limit: number
}

/** A task as people see it. */
export interface TaskRow {
  readonly branch: string
  readonly queue: string
  readonly runAt: number
  readonly claimed: boolean
  readonly leaseUntil: number | null
  /** How often it was claimed or taken over, the tasks in whose place it came included. */
  readonly deliveries: number
}

/** How much is waiting. */
export interface Backlog {
  /** Sagas that have not ended, by status. */
  readonly live: Readonly<Record<'running' | 'compensating' | 'stuck', number>>
  /** Milliseconds since the oldest unclaimed task became due; 0 when none is. */
  readonly oldestDueMs: number
}
