import type { OnBranchObservation } from '../core/observation.ts'
import type { Failure } from '../core/failure.ts'
import type { AppendRecord, AppendResult } from '../ports/saga-store.ts'
import type { OpenTransaction } from '../ports/transactional-store.ts'
import type { HeldClaim } from './held-claim.ts'
import { lateReportOf } from './late-report-of.ts'
import { failure, thrownFailure } from './to-failure.ts'
import type { TurnPorts } from './turn-ports.ts'
import { untilAnswered } from './until-answered.ts'

type WriterPorts = Pick<TurnPorts, 'sagas' | 'clock' | 'ids' | 'logger' | 'signal'>

/**
 * Writes a turn's decisions into the journal: by itself, or, while a handler's transaction is open, as the last thing in it.
 *
 * I1. What a handler did in its transaction is committed with the row that says that it succeeded, or not at all.
 * I2. A lost race leaves the transaction open: the turn reads on and decides again, and writes what it decides then.
 * I3. A commit without an answer is not guessed. Another row is put in its place: either it gets in, and the commit can never
 *     come about, or it is kept out by the row that was committed.
 * I4. Once rolled back, a success is none: the attempt has failed, and left nothing.
 */
export class VerdictWriter {
  readonly #ports: WriterPorts
  readonly #held: HeldClaim
  #open: OpenVerdict | null = null
  #undone: Failure | null = null

  constructor(ports: WriterPorts, held: HeldClaim) {
    this.#ports = ports
    this.#held = held
  }

  /** Whether the next row is like any other: it may be written together with those of other branches. */
  get isPlain(): boolean {
    return this.#open === null && this.#undone === null
  }

  /** A handler has succeeded in its transaction: the next row goes there. */
  writeIn(transaction: OpenTransaction, verdict: OnBranchObservation): void {
    this.#open = { transaction, verdict }
    this.#undone = null
  }

  /** Appends a decision. Not applied: read on. */
  async append(record: AppendRecord): Promise<AppendResult> {
    const open = this.#open
    if (open !== null) return this.#commit(open, record)
    const { sagas } = this.#ports
    const [result] = await untilAnswered(() => sagas.append([record]), this.#ports)
    if (result?.applied !== true) return { applied: false }
    this.#undone = null
    return result
  }

  /** What remains of an observation: a success whose transaction was rolled back is a failed attempt (I4). */
  standing(observation: OnBranchObservation): OnBranchObservation {
    return this.#undone === null
      ? observation
      : failedInstead(observation, this.#undone, this.#ports.clock.random())
  }

  /** The claim is lost: what was done under it is undone as far as that is in our hand. What remains is worth keeping. */
  async withdraw(observation: OnBranchObservation): Promise<OnBranchObservation> {
    if (this.#open !== null) await this.#rollBack(this.#open, claimLost)
    return this.standing(observation)
  }

  /** The turn is over. A verdict that was not written by now will not be. */
  async close(): Promise<void> {
    if (this.#open !== null) await this.#rollBack(this.#open, turnOver)
  }

  async #commit(open: OpenVerdict, record: AppendRecord): Promise<AppendResult> {
    const result = await open.transaction.commit(record)
    switch (result.status) {
      case 'committed':
        this.#open = null
        return { applied: true, at: result.at }
      case 'behind': // I2
        return { applied: false }
      case 'rolled_back':
        await this.#rollBack(open, thrownFailure(result.cause, null))
        return { applied: false }
      case 'unknown': {
        // Whatever happens from here on, there is nothing left that could be rolled back from here.
        this.#open = null
        const why = thrownFailure(result.cause, null)
        const settled = await this.#settle(open, record, why)
        if (!settled.applied) await this.#rollBack(open, why)
        return settled
      }
    }
  }

  /** I3. The row in its place is the late result of an attempt that failed: it is history, and changes nothing. */
  async #settle(open: OpenVerdict, record: AppendRecord, why: Failure): Promise<AppendResult> {
    const { sagas, ids, clock } = this.#ports
    const { sagaId, seq, appendId } = record
    const report = lateReportOf(
      failedInstead(open.verdict, why, clock.random()),
      this.#held.claim.claimId,
    )
    if (report === null) return { applied: false }
    const instead: AppendRecord = {
      ...record,
      appendId: ids.unique(),
      events: [{ ...report, type: 'late_result' }],
      task: { type: 'keep' },
      row: null,
      snapshot: null,
    }
    const [put] = await untilAnswered(() => sagas.append([instead]), this.#ports)
    if (put?.applied === true) return { applied: false }
    const rows = await untilAnswered(() => sagas.readJournal(sagaId, seq - 1), this.#ports)
    const [row] = rows
    return row?.appendId === appendId ? { applied: true, at: row.at } : { applied: false }
  }

  async #rollBack(open: OpenVerdict, why: Failure): Promise<void> {
    this.#open = null
    this.#undone = why
    await open.transaction.rollback()
    const { sagaId, branch } = this.#held.claim
    const fields = { sagaId, branch, code: why.code, error: why.message }
    this.#ports.logger.warn(fields, 'what a handler did in its transaction was rolled back')
  }
}

/** A success that is not written yet, and the transaction that it is to be written in. */
interface OpenVerdict {
  readonly transaction: OpenTransaction
  readonly verdict: OnBranchObservation
}

const claimLost = failure(
  'lease_lost',
  'lease_lost',
  'The claim was lost before the transaction was committed, so it was rolled back.',
)

const turnOver = failure(
  'error',
  'turn_over',
  'The turn ended before the transaction was committed.',
)

function failedInstead(
  observation: OnBranchObservation,
  why: Failure,
  random: number,
): OnBranchObservation {
  switch (observation.type) {
    case 'action_succeeded': {
      const { type: _, output: __, ...attempt } = observation
      return {
        ...attempt,
        type: 'action_failed',
        failure: why,
        random,
        quietAfterMs: 0,
      }
    }
    case 'compensation_succeeded': {
      const { branch, step, attempt, at } = observation
      return { type: 'compensation_failed', branch, step, attempt, at, failure: why, random }
    }
    case 'claimed':
    case 'action_rejected':
    case 'action_failed':
    case 'compensation_failed':
    case 'probe_answered':
    case 'probe_failed':
    case 'output_computed':
    case 'items_computed':
    case 'choice_computed':
    case 'signal_checked':
    case 'unworkable':
      return observation
  }
}
