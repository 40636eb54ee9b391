export { barrier, type BarrierEffect, type BarrierOptions } from './barrier.ts'
export type {
  ActionHandlerContext,
  BarrierActionContext,
  BarrierCompensationContext,
  BarrierContext,
  BarrierSource,
  CompensationHandlerContext,
} from './barrier-context.ts'
export { barrierContextOf } from './barrier-context-of.ts'
export type { BarrierDatabase } from './barrier-database.ts'
export type {
  BarrierActionResult,
  BarrierCompensationResult,
  BarrierNoop,
  BarrierResult,
  BarrierUndone,
} from './barrier-result.ts'
export { migrateBarrier } from './migrate-barrier.ts'
export { parseBarrierContext } from './parse-barrier-context.ts'
export { pruneBarrier, type PruneBarrierOptions } from './prune-barrier.ts'
