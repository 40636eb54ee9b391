import type { Circuits } from './circuits.ts'
import type { Engine } from './engine.ts'
import type { HintSender } from './hint-sender.ts'
import type { KnownLimits } from './known-limits.ts'
import type { LocalWorkers } from './local-workers.ts'
import type { Registry } from './registry.ts'
import type { ResultWaiters } from './result-waiters.ts'

/** What the client and the workers of one process have in common. */
export interface SharedParts {
  readonly engine: Engine
  readonly circuits: Circuits
  readonly registry: Registry
  readonly hints: HintSender
  readonly locals: LocalWorkers
  readonly limits: KnownLimits
  readonly waiters: ResultWaiters
}
