import type { Transaction } from 'kysely'
import { BackstepError } from '../core/backstep-error.ts'
import type { StepTransaction } from '../ports/step-transaction.ts'
import { PostgresStepTransaction } from './postgres-transaction.ts'

/**
 * The transaction of a step for Kysely, with the tables that you say are there.
 *
 * @typeParam Database the tables, as Kysely wants to know them
 * @throws BackstepError `CONFIGURATION_INVALID` for a transaction of another store than Postgres
 */
export function kyselyOf<Database>(transaction: StepTransaction): Transaction<Database> {
  if (!(transaction instanceof PostgresStepTransaction)) {
    throw new BackstepError(
      'CONFIGURATION_INVALID',
      'kyselyOf takes the "transaction" of a handler that runs on Postgres; this is none.',
    )
  }
  const kysely: unknown = transaction.kysely
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Which tables there are is known to the caller only.
  return kysely as Transaction<Database>
}
