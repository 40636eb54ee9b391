import type { SagaEvent } from '../core/event.ts'
import type { KnownRow } from '../ports/task-store.ts'
import type { FoldedSaga } from './read-claim.ts'

/** A saga as a turn has left it, and the row up to which it was folded. */
export interface RememberedSaga extends FoldedSaga {
  readonly row: KnownRow
  /** About how much memory it takes. */
  readonly bytes: number
}

/** More than that is not kept; one saga may take all of it: with ten thousand items it is read in one piece, or not at all. */
const limitBytes = 32 * 1024 * 1024

/**
 * What this process has folded of sagas that are still alive: their next turn here reads only the rows that it has not seen.
 * Losing any of it costs reading and nothing else; whether it still is the saga's past is checked by the claim.
 */
export class SagaMemory {
  readonly #sagas = new Map<string, RememberedSaga>()
  #bytes = 0

  /** How many sagas are remembered. */
  get size(): number {
    return this.#sagas.size
  }

  /** What is known of a saga. It stays, for other branches: whoever works on it says later how it is then. */
  recall(sagaId: string): RememberedSaga | null {
    return this.#sagas.get(sagaId) ?? null
  }

  /** There will be no other turn of this saga. */
  forget(sagaId: string): void {
    const found = this.#sagas.get(sagaId)
    if (found === undefined) return
    this.#sagas.delete(sagaId)
    this.#bytes -= found.bytes
  }

  /** Keeps a saga; those that were kept longest ago make room. */
  keep(saga: RememberedSaga): void {
    const { sagaId } = saga.state
    this.forget(sagaId)
    if (saga.bytes > limitBytes) return
    this.#sagas.set(sagaId, saga)
    this.#bytes += saga.bytes
    if (this.#bytes <= limitBytes) return
    for (const oldest of this.#sagas.keys()) {
      if (this.#bytes <= limitBytes) break
      this.forget(oldest)
    }
  }
}

/** What an event takes beside its payload, with what the state makes of it: on the safe side. */
const bytesBesidePayload = 1_000

/** About how much memory these events take, folded. */
export function bytesOf(events: readonly SagaEvent[]): number {
  let bytes = 0
  for (const event of events) {
    bytes += bytesBesidePayload
    if ('output' in event || 'input' in event || 'outcome' in event)
      bytes += JSON.stringify(event).length
  }
  return bytes
}
