import type { AppendRecord } from '../../packages/engine/src/ports/saga-store.ts'
import type {
  CommitResult,
  OpenTransaction,
  TransactionalStore,
  TransactionLimits,
} from '../../packages/engine/src/ports/transactional-store.ts'
import type { StoreGate, StoreGateOptions } from './store-gate.ts'

/** What a process's way to its transactions is made of. */
export interface TransactionGateOptions extends StoreGateOptions {
  readonly gate: StoreGate
}

/**
 * A process's transactions: everything on its way to the store takes its time or gets lost, a commit may be refused, and
 * may be carried out without anybody being told, then or a while later.
 */
export class TransactionGate implements TransactionalStore {
  readonly #options: TransactionGateOptions

  constructor(options: TransactionGateOptions) {
    this.#options = options
  }

  async begin(limits: TransactionLimits, signal: AbortSignal): Promise<OpenTransaction | null> {
    const { gate, store } = this.#options
    const open = await gate.call('begin', () => store.begin(limits, signal))
    return open === null ? null : new GatedTransaction(this.#options, open, limits.idleMs)
  }
}

const why = new Error('The simulated store has ended the transaction.')

class GatedTransaction implements OpenTransaction {
  readonly handle: OpenTransaction['handle']
  readonly #options: TransactionGateOptions
  readonly #open: OpenTransaction
  readonly #idleMs: number
  #heardMs: number

  constructor(options: TransactionGateOptions, open: OpenTransaction, idleMs: number) {
    this.#options = options
    this.#open = open
    this.#idleMs = idleMs
    this.#heardMs = options.timeline.nowMs
    this.handle = {
      query: (text, values) =>
        options.gate.call('query', () => {
          this.#heardMs = options.timeline.nowMs
          return open.handle.query(text, values)
        }),
    }
  }

  commit(record: AppendRecord): Promise<CommitResult> {
    const { node, gate } = this.#options
    node.note(`commits ${record.sagaId}#${record.seq}`)
    return gate.during(this.#commit(record))
  }

  async rollback(): Promise<void> {
    const { node, gate, timeline } = this.#options
    timeline.after(gate.latencyMs(), null, `${node.name} > rollback`, () => {
      void this.#open.rollback()
    })
  }

  #commit(record: AppendRecord): Promise<CommitResult> {
    const { node, gate, timeline, faults, draws } = this.#options
    const { promise, resolve } = Promise.withResolvers<CommitResult>()
    const tell = (result: CommitResult): void =>
      void node.reach(gate.latencyMs(), `< commit ${result.status}`, () => resolve(result))
    const unknown = { status: 'unknown', cause: why } as const
    const arrive = (ms: number, answer: (result: CommitResult) => void): void =>
      void timeline.after(ms, null, `${node.name} > commit`, () => {
        void this.#carryOut(record).then(answer)
      })
    if (node.isCutOff) {
      void this.#open.rollback()
      tell(unknown)
    } else if (faults.strikes('transaction_refused')) {
      void this.#open.rollback()
      tell({ status: 'rolled_back', cause: why })
    } else if (faults.strikes('transaction_unanswered')) {
      arrive(gate.latencyMs(), () => tell(unknown))
    } else if (faults.strikes('transaction_in_doubt')) {
      tell(unknown)
      arrive(gate.latencyMs() + draws.between(1, 400), () => {})
    } else arrive(gate.latencyMs(), tell)
    return promise
  }

  /** A transaction of which nothing was heard for too long has been ended by then. */
  async #carryOut(record: AppendRecord): Promise<CommitResult> {
    const { gate, timeline } = this.#options
    const isTooLate = timeline.nowMs - this.#heardMs > this.#idleMs
    if (gate.arrives() && !isTooLate) return this.#open.commit(record)
    await this.#open.rollback()
    return { status: 'rolled_back', cause: why }
  }
}
