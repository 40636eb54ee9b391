/**
 * What a participant calls around an effect, inside the transaction that takes it. One row stands for one effect, that is
 * for one action in one round, and all calls about it meet there:
 *
 *   B1  The row and the effect are one transaction: there is never one without the other.
 *   B2  Whoever inserts the row takes the effect. Every other call waits for that transaction to end, because the primary
 *       key makes it wait, and goes by what it left.
 *   B3  A compensation turns a row that says done, once, and takes the effect back. No other call of any round finds a row
 *       that says done.
 *   B4  A compensation that finds no row leaves one that bars the action: what comes after its own undo is refused.
 */
import type { Transaction } from 'kysely'
import type { ClientBase } from 'pg'
import type { JsonValue } from '../core/json.ts'
import { actOnce } from './act-once.ts'
import type { BarrierContext, BarrierSource } from './barrier-context.ts'
import { barrierContextOf } from './barrier-context-of.ts'
import type {
  BarrierActionResult,
  BarrierCompensationResult,
  BarrierResult,
} from './barrier-result.ts'
import { compensateOnce } from './compensate-once.ts'
import { defaultBarrierSchema } from './effects-table.ts'
import { parseBarrierContext } from './parse-barrier-context.ts'
import { runInTransaction } from './participant-transaction.ts'

/** How a barrier finds its table. */
export interface BarrierOptions {
  /** `backstep_barrier` unless said otherwise: the one that `migrateBarrier` was given. */
  readonly schema?: string
}

/**
 * Takes the effect, or takes it back, in the caller's transaction.
 *
 * @param actionOutput in a compensation: what the action returned here, also when the saga never heard of it
 */
export type BarrierEffect<Handle, Output> = (
  transaction: Handle,
  actionOutput: JsonValue | undefined,
) => Output | Promise<Output>

/**
 * Makes an effect count once, and an undo as well, however often and in whichever order a saga asks for them. Runs `fn`
 * when its effect is due, in the transaction that it is given; what it resolves to holds once that is committed. When it
 * throws, roll back.
 *
 * - An action runs `fn` in its first call. Later ones get that one's output, which must be JSON.
 * - A compensation runs `fn` if the action's effect stands here, and once. Else it is a noop.
 * - An action that comes after its compensation is refused.
 *
 * One call for each handler and database: a second one with the same context is a repetition of the first.
 *
 * @throws Rejection `undone` when the action's compensation was here before it
 * @throws BackstepError `BARRIER_EFFECT_MISSING` when a compensation is told that its action succeeded, and there is no
 *   trace of it here; `BARRIER_CONTEXT_INVALID`, `CONFIGURATION_INVALID` (no transaction), `DATABASE_NOT_MIGRATED`, or
 *   `PAYLOAD_INVALID` for an output that cannot be stored. Other errors of Postgres come as they are: 40001, above all,
 *   in a transaction that is stricter than READ COMMITTED and has met another call
 */
export function barrier<Client extends ClientBase, Context extends BarrierSource, Output>(
  client: Client,
  context: Context,
  fn: BarrierEffect<Client, Output>,
  options?: BarrierOptions,
): Promise<BarrierResult<Context, Output>>
export function barrier<Tables, Context extends BarrierSource, Output>(
  transaction: Transaction<Tables>,
  context: Context,
  fn: BarrierEffect<Transaction<Tables>, Output>,
  options?: BarrierOptions,
): Promise<BarrierResult<Context, Output>>
export async function barrier<Handle, Output>(
  transaction: Handle,
  source: BarrierSource,
  fn: BarrierEffect<Handle, Output>,
  { schema = defaultBarrierSchema }: BarrierOptions = {},
): Promise<BarrierActionResult<Output> | BarrierCompensationResult<Output>> {
  const context = readSource(source)
  const effects = { run: await runInTransaction(transaction), schema }
  switch (context.kind) {
    case 'action':
      return actOnce(effects, context, () => fn(transaction, undefined))
    case 'compensation':
      return compensateOnce(effects, context, (output) => fn(transaction, output))
  }
}

function readSource(source: BarrierSource): BarrierContext {
  return isOfHandler(source) ? barrierContextOf(source) : parseBarrierContext(source)
}

/** What came over the wire may be anything, whatever the compiler was told. */
function isOfHandler(source: BarrierSource): source is Exclude<BarrierSource, BarrierContext> {
  return typeof source === 'object' && source !== null && 'idempotencyKey' in source
}
