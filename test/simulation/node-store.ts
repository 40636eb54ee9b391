import type { DefinitionStore } from '../../packages/engine/src/ports/definition-store.ts'
import type { SagaQueries } from '../../packages/engine/src/ports/saga-queries.ts'
import type { SagaStore } from '../../packages/engine/src/ports/saga-store.ts'
import type { MemoryStore } from '../../packages/engine/src/memory/index.ts'
import type { Statement } from '../../packages/engine/src/memory/memory-transaction.ts'
import type { TransactionalStore } from '../../packages/engine/src/ports/transactional-store.ts'
import type { TaskStore } from '../../packages/engine/src/ports/task-store.ts'

/** Everything that a process asks of the store. */
export interface NodeStore
  extends TaskStore, DefinitionStore, SagaQueries, Pick<TransactionalStore, 'begin'> {
  readonly start: (batch: Parameters<SagaStore['start']>[0]) => ReturnType<SagaStore['start']>
  readonly append: SagaStore['append']
  readonly request: SagaStore['request']
  readonly readJournal: SagaStore['readJournal']
  /** What handlers said in transactions that were committed since this was asked the last time. */
  readonly takeStatements: () => readonly Statement[]
}

/** A memory store in the place of Postgres. */
export function nodeStoreOf(store: MemoryStore): NodeStore {
  let taken = 0
  const takeStatements = (): readonly Statement[] => {
    const statements = store.statements.slice(taken)
    taken += statements.length
    return statements
  }
  return passedOn(Object.assign(store, { takeStatements }))
}

/** The store's methods one by one, so that some of them can be replaced. */
export function passedOn(store: NodeStore): NodeStore {
  return {
    start: (batch) => store.start(batch),
    append: (batch) => store.append(batch),
    request: (record) => store.request(record),
    readJournal: (sagaId, afterSeq) => store.readJournal(sagaId, afterSeq),
    claim: (batch) => store.claim(batch),
    takeOver: (search) => store.takeOver(search),
    findOverdue: (search) => store.findOverdue(search),
    findUndispatched: (search) => store.findUndispatched(search),
    heartbeat: (beat) => store.heartbeat(beat),
    release: (claims) => store.release(claims),
    register: (definition) => store.register(definition),
    findDefinition: (name, version) => store.findDefinition(name, version),
    listDefinitions: () => store.listDefinitions(),
    findSaga: (sagaId) => store.findSaga(sagaId),
    listSagas: (filter) => store.listSagas(filter),
    findEnded: (sagaIds) => store.findEnded(sagaIds),
    listTasks: (sagaId) => store.listTasks(sagaId),
    readBacklog: () => store.readBacklog(),
    begin: (limits, signal) => store.begin(limits, signal),
    takeStatements: () => store.takeStatements(),
  }
}
