import type { DefinitionStore } from '../../packages/engine/src/ports/definition-store.ts'
import type { QueueStore } from '../../packages/engine/src/ports/queue-store.ts'
import type { PauseStore } from '../../packages/engine/src/ports/pause-store.ts'
import type { SagaQueries } from '../../packages/engine/src/ports/saga-queries.ts'
import type { SagaStore } from '../../packages/engine/src/ports/saga-store.ts'
import type { TaskStore } from '../../packages/engine/src/ports/task-store.ts'
import type { TransactionalStore } from '../../packages/engine/src/ports/transactional-store.ts'

/** Everything that a storage adapter offers. */
export type Stores = SagaStore &
  TransactionalStore &
  TaskStore &
  QueueStore &
  DefinitionStore &
  SagaQueries &
  PauseStore

/** An empty store, and the time that it lives by. */
export type StoreUnderTest = {
  readonly store: Stores
  /** Resolves when at least that much time has passed for the store: moved by hand, or really waited. */
  readonly passTime: (ms: number) => Promise<void>
  /** Milliseconds on the store's clock, or on one that runs as fast. */
  readonly nowMs: () => number
  readonly close: () => Promise<void>
}

/** Opens an empty store that nobody else uses. */
export type OpenStore = () => Promise<StoreUnderTest>
