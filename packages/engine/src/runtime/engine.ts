import type { Breakers } from '../ports/breakers.ts'
import type { Clock } from '../ports/clock.ts'
import type { DefinitionStore } from '../ports/definition-store.ts'
import type { Ids } from '../ports/ids.ts'
import type { Logger } from '../ports/logger.ts'
import type { QueueStore } from '../ports/queue-store.ts'
import type { PauseStore } from '../ports/pause-store.ts'
import type { SagaQueries } from '../ports/saga-queries.ts'
import type { SagaStore } from '../ports/saga-store.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import type { TaskStore } from '../ports/task-store.ts'
import type { TransactionalStore } from '../ports/transactional-store.ts'

/** Everything outside that the engine works with. Adapters are chosen where this is put together, and nowhere else. */
export interface Engine {
  readonly sagas: SagaStore
  readonly tasks: TaskStore
  readonly transactions: TransactionalStore
  readonly definitions: DefinitionStore
  readonly queries: SagaQueries
  readonly limits: QueueStore
  readonly pauses: PauseStore
  readonly queue: TaskQueue
  readonly breakers: Breakers
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
}
