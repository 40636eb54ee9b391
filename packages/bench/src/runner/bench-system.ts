import type { Order, OrderEnd } from '../workload/order.ts'
import type { RunRequest } from './run-request.ts'

/** What came of one saga. */
export interface SagaRun {
  readonly end: OrderEnd
  /** How long it took by the system's own timestamps, in milliseconds. */
  readonly engineMs?: number
}

/** CPU time so far and most memory so far of a process. */
export interface ProcessUse {
  readonly cpuMs: number
  readonly peakRssMb: number
}

/** A system that is ready for orders. */
export interface OpenSystem {
  /** Starts one saga and resolves when its caller knows how it ended. */
  readonly run: (order: Order) => Promise<SagaRun>
  /** What other processes of this system have used so far. */
  readonly othersUse?: () => Promise<ProcessUse>
  /** Ends everything that it started. No saga is in flight any more. */
  readonly close: () => Promise<void>
}

/** A system that can be measured. */
export interface BenchSystem {
  /** Makes tables in an empty database and closes its connections. */
  readonly prepare?: (request: RunRequest) => Promise<void>
  readonly open: (request: RunRequest) => Promise<OpenSystem>
}
