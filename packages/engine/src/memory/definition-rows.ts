import type {
  ListedDefinition,
  RegisterResult,
  StoredDefinition,
} from '../ports/definition-store.ts'
import type { SagaRow } from '../ports/saga-queries.ts'
import { storableCopy } from './storable-copy.ts'
import { compareText, type DefinitionRow, type MemoryTables } from './memory-tables.ts'
import { isLive } from './query-sagas.ts'

/** Stores a plan, unless its name and version are taken. */
export function registerDefinition(
  tables: MemoryTables,
  definition: StoredDefinition,
): RegisterResult {
  const { fingerprint, plan } = definition
  const id = rowId(plan.name, plan.version)
  const stored = tables.definitions.get(id)
  if (stored === undefined) {
    const registeredAt = tables.now()
    tables.definitions.set(id, { fingerprint, plan: storableCopy(plan), registeredAt })
    return { status: 'registered' }
  }
  if (stored.fingerprint === fingerprint) return { status: 'known' }
  return { status: 'changed', stored: withoutTime(stored) }
}

/** The plan of one version. */
export function findDefinition(
  tables: MemoryTables,
  name: string,
  version: number,
): StoredDefinition | undefined {
  const stored = tables.definitions.get(rowId(name, version))
  return stored === undefined ? undefined : withoutTime(stored)
}

/** All plans, with the number of live sagas that run on each. */
export function listDefinitions(tables: MemoryTables): readonly ListedDefinition[] {
  const sagas = [...tables.sagas.values()].filter((row) => isLive(row))
  return [...tables.definitions.values()]
    .toSorted((a, b) => compareText(a.plan.name, b.plan.name) || a.plan.version - b.plan.version)
    .map((row) => listed(row, sagas))
}

function listed(row: DefinitionRow, live: readonly SagaRow[]): ListedDefinition {
  const { name, version } = row.plan
  const liveSagas = live.filter((saga) => saga.name === name && saga.version === version).length
  return { ...storableCopy(row), liveSagas }
}

function rowId(name: string, version: number): string {
  return JSON.stringify([name, version])
}

function withoutTime({ fingerprint, plan }: DefinitionRow): StoredDefinition {
  return { fingerprint, plan: storableCopy(plan) }
}
