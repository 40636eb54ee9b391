import { randomUUID } from 'node:crypto'

import { SeededIds } from '@backstep/engine/memory'
import type { PostgresStore } from '@backstep/engine/postgres'

type StartRecord = Parameters<PostgresStore['start']>[0][number]
type AppendRecord = Parameters<PostgresStore['append']>[0][number]
type SagaEvent = AppendRecord['events'][number]
type Claim = Awaited<ReturnType<PostgresStore['takeOver']>>[number]
type NewTask = StartRecord['task']

export type { AppendRecord, Claim, NewTask, SagaEvent, StartRecord }

const ids = new SeededIds(Date.now() % 1_000_000_007)

/** Where tasks go unless said otherwise. */
export const QUEUE = 'orders'

/** Longer than any test. */
export const LONG_MS = 600_000

/** A task that may be claimed at once, and is due at once. */
export const newTask = (wish: Partial<NewTask> = {}): NewTask => ({
  branch: 'main',
  queue: QUEUE,
  nonce: ids.nonce(),
  delayMs: 0,
  dispatchGraceMs: 0,
  ...wish,
})

/** A saga to be started; with a key if one is given. */
export const startRecord = (
  key: string | null = null,
  wish: Partial<StartRecord> = {},
): StartRecord => ({
  sagaId: ids.sortable(),
  appendId: randomUUID(),
  inputHash: key === null ? null : 'hash-of-input',
  claim: null,
  event: { type: 'saga_started', name: 'order', version: 1, key, input: { amount: 5 } },
  task: newTask(),
  ...wish,
})

/** Starts a saga and claims its task. */
export const startAndClaim = async (
  store: PostgresStore,
  leaseMs: number = LONG_MS,
): Promise<Claim> => {
  const record = startRecord()
  await store.start([record])
  return claimOf(store, record, leaseMs)
}

/** Claims the first task of a saga that was just started. */
export const claimOf = async (
  store: PostgresStore,
  { sagaId, task: { branch, nonce } }: StartRecord,
  leaseMs: number = LONG_MS,
): Promise<Claim> => {
  const [claim] = await store.claim([
    { sagaId, branch, nonce, claimId: randomUUID(), leaseMs, known: null },
  ])
  if (!claim) throw new Error(`The claim of ${sagaId} was not granted.`)
  return claim
}

/** A verdict on a step of the main branch. */
const succeeded = (step: string, attempt = 1): SagaEvent => ({
  type: 'action_succeeded',
  branch: 'main',
  step,
  attempt,
  output: { step },
})

/** An append at 2 that leaves the tasks alone. */
export const appendRecord = (sagaId: string, wish: Partial<AppendRecord> = {}): AppendRecord => ({
  sagaId,
  seq: 2,
  appendId: randomUUID(),
  events: [succeeded('reserve')],
  task: { type: 'keep' },
  row: null,
  snapshot: null,
  afterId: null,
  ...wish,
})

/** An append that ends the saga as completed. */
export const completion = (claim: Claim, seq = 2): AppendRecord =>
  appendRecord(claim.sagaId, {
    seq,
    events: [{ type: 'saga_completed', output: null }],
    task: { type: 'remove', branch: claim.branch, claimId: claim.claimId },
    row: { status: 'completed', stuckCode: null, stuckStep: null, failure: null, output: null },
  })

/** A request to cancel. */
export const cancelRequest = (
  sagaId: string,
): {
  readonly sagaId: string
  readonly appendId: string
  readonly events: readonly SagaEvent[]
} => ({
  sagaId,
  appendId: randomUUID(),
  events: [{ type: 'cancel_requested', actor: 'ada', reason: 'second thoughts' }],
})
