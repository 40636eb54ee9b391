import { BackstepError } from '../core/backstep-error.ts'
import type { BarrierContext } from './barrier-context.ts'
import type { RunInTransaction, Statement, TextRow } from './participant-transaction.ts'

/** The table of effects, as it is reached in the caller's transaction. */
export interface Effects {
  readonly run: RunInTransaction
  readonly schema: string
}

/** What there was of an effect before this call. */
export interface FoundEffect {
  readonly state: 'none' | 'done' | 'undone' | 'barred'
  /** What the action returned, as JSON; null for nothing. */
  readonly output: string | null
}

/** Names the effect that an action takes and its compensation takes back. */
export type EffectKey = readonly [sagaId: string, branch: string, step: string, round: number]

/** The action's own key, for its compensations as well: they all meet on the one row. */
export function effectKey(context: BarrierContext): EffectKey {
  const round = context.kind === 'action' ? context.round : context.actionRound
  return [context.sagaId, context.branch, context.step, round]
}

/**
 * Runs one of our statements; it gives one row, or none.
 *
 * @throws BackstepError `DATABASE_NOT_MIGRATED` where the table is not there. Every other error is left as it is: the
 *   transaction is the caller's, and so is the decision to run it again
 */
export async function runOnEffects(
  { run, schema }: Effects,
  statement: Statement,
): Promise<TextRow | undefined> {
  try {
    return (await run(statement))[0]
  } catch (error) {
    throw explained(error, schema)
  }
}

/** What one of our statements failed with, or, where its table is not there, what to do about it. */
export function explained(error: unknown, schema: string): unknown {
  return isMissingTable(error) ? notMigrated(schema, error) : error
}

/**
 * A row's state, from a text.
 *
 * @throws BackstepError `DATABASE_NOT_MIGRATED` for anything that this package does not know: to guess could repeat an effect
 */
export function readState(row: TextRow | undefined): FoundEffect['state'] {
  const text = row?.['state']
  if (text === 'none' || text === 'done' || text === 'undone' || text === 'barred') return text
  throw new BackstepError(
    'DATABASE_NOT_MIGRATED',
    `The barrier cannot tell what its row means: its state came as ${JSON.stringify(text)}. Look whether a trigger, a policy or a type parser of yours has changed it, or a later version of this package.`,
  )
}

/** Undefined table, schema or column. */
function isMissingTable(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false
  return error.code === '42P01' || error.code === '3F000' || error.code === '42703'
}

function notMigrated(schema: string, cause: Error): BackstepError {
  return new BackstepError(
    'DATABASE_NOT_MIGRATED',
    `The barrier's table is not there, or older than this package (${cause.message}). Call migrateBarrier({ databaseUrl, schema: ${JSON.stringify(schema)} }) of @backstep/engine/barrier once for each deployment.`,
    { cause },
  )
}
