import type { SimNode } from './node.ts'

/** Which way a handler goes. */
export type Direction = 'action' | 'compensation'

/** What an idempotency key says. */
export interface KeyParts {
  /** Saga, branch and step: where the effect is. */
  readonly place: string
  readonly direction: Direction
  readonly round: number
}

/** One call of a handler, from the outside. */
export interface HandlerCall extends KeyParts {
  readonly node: SimNode
  readonly sagaId: string
  readonly step: string
  readonly key: string
  readonly attempt: number
  readonly startedMs: number
  /** From then on nobody need reckon with it any more, on the world's clock. */
  readonly quietMs: number
  /** Whether its participant refuses an action that comes after its undo, in whichever world. */
  readonly isBarred: boolean
  /** Whether it is to work in a transaction that its success is committed in. */
  readonly isTransactional: boolean
  endedMs: number | null
  outcome: 'open' | 'succeeded' | 'rejected' | 'failed' | 'garbage' | 'cut off'
  /** When the participant carried it out for this call. */
  effectMs: number | null
  /** It waits for nothing that will ever come. */
  hangs: boolean
  /** Its participant has said that it had no effect, and keeps its word. */
  isFenced: boolean
  /** How long its participant asked everybody to stay away; null when it did not. */
  askedMs: number | null
}

/** Something that a participant has done. */
export interface Effect {
  readonly place: string
  readonly sagaId: string
  readonly step: string
  readonly direction: Direction
  readonly key: string
  readonly call: HandlerCall
  readonly atMs: number
}

/** Reads an idempotency key; null when it is none. */
export function readKey(key: string): KeyParts | null {
  const [, place, direction, round] = /^(.+)\/(action|compensation)\/(\d+)$/.exec(key) ?? []
  if (place === undefined || round === undefined) return null
  const isAction = direction === 'action'
  return { place, direction: isAction ? 'action' : 'compensation', round: Number(round) }
}

/**
 * The participants' own book, outside everything that is under test: which handlers were called, and what took effect, once
 * for each idempotency key. A strict participant refuses an action whose undo it has seen; one that is not does what a
 * participant without such a book does, and takes effect.
 */
export class Ledger {
  readonly calls: HandlerCall[] = []
  readonly effects: Effect[] = []
  readonly #isStrict: boolean
  readonly #keys = new Set<string>()
  readonly #undone = new Set<string>()
  readonly #standing = new Map<string, number>()

  constructor(isStrict: boolean) {
    this.#isStrict = isStrict
  }

  /** How often an effect stands that was not undone. */
  net(place: string): number {
    return this.#standing.get(place) ?? 0
  }

  /** Every place where something was done or undone. */
  get places(): readonly string[] {
    return [...this.#standing.keys()]
  }

  /** False when the participant refuses, because it has undone this before. */
  carryOut(call: HandlerCall, atMs: number): boolean {
    const { key, place, direction, isTransactional, isFenced } = call
    if (isFenced) return false
    call.effectMs = atMs
    // Nobody deduplicates what is written in a transaction, nor refuses it.
    if (!isTransactional && this.#keys.has(key)) return true
    if (!isTransactional && this.#hasUndone(call)) return false
    this.#keys.add(key)
    const standing = this.net(place)
    this.#standing.set(place, direction === 'action' ? standing + 1 : 0)
    if (direction === 'compensation') this.#undone.add(place)
    // An undo that finds nothing is an effect for nobody.
    if (direction === 'action' || standing > 0) this.effects.push({ ...call, call, atMs })
    return true
  }

  /** Whether the participant has undone this action before it came, and keeps such a book. */
  #hasUndone({ direction, place, isBarred }: HandlerCall): boolean {
    const keepsBook = this.#isStrict || isBarred
    return direction === 'action' && keepsBook && this.#undone.has(place)
  }

  /** A transaction was committed in which a handler has taken effect. */
  commit(callNo: number, atMs: number): void {
    const call = this.calls[callNo]
    if (call !== undefined) this.carryOut(call, atMs)
  }

  /**
   * What the participant says when it is asked whether an action took effect. Once it has said no, it refuses what is still
   * on its way.
   */
  tookEffect(place: string): boolean {
    if (this.net(place) > 0) return true
    for (const call of this.calls) {
      if (call.place === place && call.direction === 'action') call.isFenced = true
    }
    return false
  }

  /** Whether an action may still be at work, as far as anybody can know. */
  isActionAtWork(place: string, nowMs: number): boolean {
    return this.calls.some(
      (call) =>
        call.outcome === 'open' &&
        call.direction === 'action' &&
        call.place === place &&
        call.quietMs > nowMs,
    )
  }

  /** Calls of a process that has died end nowhere. */
  cutOff(node: SimNode, atMs: number): void {
    for (const call of this.calls) {
      if (call.node !== node || call.outcome !== 'open') continue
      call.outcome = 'cut off'
      call.endedMs = atMs
    }
  }
}
