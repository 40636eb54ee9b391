import type { StepTransaction } from '../../packages/engine/src/ports/step-transaction.ts'
import type { Draws } from './draws.ts'
import type { Faults } from './faults.ts'
import type { Ledger } from './ledger.ts'
import type { SimNode } from './node.ts'
import type { Timeline } from './timeline.ts'
import type { Witness } from './witness.ts'

/** What the handlers of one process need. */
export interface PerformerOptions {
  readonly node: SimNode
  readonly timeline: Timeline
  readonly draws: Draws
  readonly faults: Faults
  readonly ledger: Ledger
  readonly witness: Witness
  readonly abortGraceMs: number
  /** Ends the process. */
  readonly kill: () => void
  /** The queues that the process serves. */
  readonly queues: readonly string[]
}

/** What every handler is called with, as far as a participant cares. */
export interface Called {
  readonly input: unknown
  readonly sagaId: string
  readonly step: string
  readonly branch: string
  readonly attempt: number
  readonly item?: unknown
  readonly index?: number
  readonly idempotencyKey: string
  /** Of a compensation: the key of the action that it undoes. */
  readonly actionIdempotencyKey?: string
  readonly signal: AbortSignal
  readonly transaction?: StepTransaction
}
