import type { SagaRow } from '../ports/saga-queries.ts'
import type { Circuits } from './circuits.ts'
import type { Engine } from './engine.ts'
import type { HintSender } from './hint-sender.ts'
import type { PausesHere } from './pauses-here.ts'
import type { RememberedSaga } from './saga-memory.ts'
import type { WorkerSettings } from './settings.ts'
import type { Slots } from './slots.ts'
import type { WorkerObserver } from './worker-observer.ts'

/** What turns of one worker share. */
export interface TurnPorts extends Pick<
  Engine,
  'sagas' | 'tasks' | 'transactions' | 'clock' | 'ids' | 'logger'
> {
  readonly settings: WorkerSettings
  readonly abortGraceMs: number
  readonly slots: Slots
  readonly circuits: Circuits
  readonly hints: Pick<HintSender, 'send' | 'graceMs'>
  readonly observer: WorkerObserver
  /** Aborted when the worker gives up waiting for Postgres. */
  readonly signal: AbortSignal
  /** What is paused as a whole. */
  readonly pauses: PausesHere
  /** Whether turns are to end at the next step. */
  readonly isStopping: () => boolean
  /** Whether steps of this queue are counted over all workers: each is claimed for itself then. */
  readonly isLimited: (queue: string) => boolean
  /** Takes over a promise that only the end of the worker waits for. */
  readonly inBackground: (work: Promise<void>) => void
  /** Takes a saga that goes on in another turn. */
  readonly remember: (saga: RememberedSaga) => void
  /** Told that a saga needs no other turn, or that nothing of it is worth keeping. */
  readonly forget: (sagaId: string) => void
  /** Called once for each saga that ended here. */
  readonly onEnded: (saga: SagaRow) => void
}
