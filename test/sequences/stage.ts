import { AsyncLocalStorage } from 'node:async_hooks'

/** What a handler was called with. */
export interface Call {
  readonly sagaId: string
  readonly step: string
  readonly branch: string
  readonly kind: 'action' | 'compensation'
  readonly round: number
  readonly attempt: number
  readonly idempotencyKey: string
  readonly actionIdempotencyKey?: string
}

/** A handler that waits to be told how it ends. */
export interface Scene {
  readonly call: Call
  readonly end: (how: () => unknown) => void
}

export const workerNames = ['ada', 'ben', 'stranger'] as const
/** The stranger has the code of none of the definitions. */
export type WorkerName = (typeof workerNames)[number]

/** A turn in somebody's hand. */
export interface HandTurn {
  readonly worker: WorkerName
  readonly sagaId: string
  readonly branch: string
  readonly claimId: string
  /** Its place among all claims of the sequence. */
  readonly number: number
  scene: Scene | null
  isOver: boolean
}

const turns = new AsyncLocalStorage<HandTurn>()

/** Has a turn's handlers know whose they are. */
export function onStage(turn: HandTurn, work: () => Promise<void>): Promise<void> {
  return turns.run(turn, work)
}

/** Every handler of every saga: waits until the test says how it ends. */
export function play(call: Call): Promise<unknown> {
  const turn = turns.getStore()
  if (turn === undefined) throw new Error('A handler was called outside of a turn.')
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const end = (how: () => unknown): void => {
    turn.scene = null
    try {
      resolve(how())
    } catch (error) {
      reject(error)
    }
  }
  turn.scene = { call, end }
  return promise
}
