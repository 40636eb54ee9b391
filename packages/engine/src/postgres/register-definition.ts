import type { RegisterResult, StoredDefinition } from '../ports/definition-store.ts'
import { findDefinition } from './queries/find-definition.ts'
import { insertDefinition } from './queries/insert-definition.ts'
import type { SqlExecutor } from './sql-executor.ts'

/** Stores a plan, unless its name and version are taken; then tells whether by the same one. */
export async function registerDefinition(
  executor: SqlExecutor,
  definition: StoredDefinition,
): Promise<RegisterResult> {
  const { fingerprint, plan } = definition
  // Most registrations are of plans that have long been there: look before writing.
  const before = await findDefinition(executor, plan.name, plan.version)
  if (before !== undefined) return compared(fingerprint, before)
  if (await insertDefinition(executor, definition)) return { status: 'registered' }
  const winner = await findDefinition(executor, plan.name, plan.version)
  return winner === undefined ? { status: 'registered' } : compared(fingerprint, winner)
}

function compared(fingerprint: string, stored: StoredDefinition): RegisterResult {
  return stored.fingerprint === fingerprint ? { status: 'known' } : { status: 'changed', stored }
}
