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
  /** The round of the action: its own, or that of the one that is undone. */
  readonly actionRound: number
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

/** Where an effect is, and of which round of its action: what the next round does is another effect. */
export type RoundPlace = Pick<HandlerCall, 'place' | 'actionRound'>

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
  /** By place, and there by the round of the action. */
  readonly #standing = new Map<string, ReadonlyMap<number, number>>()

  constructor(isStrict: boolean) {
    this.#isStrict = isStrict
  }

  /** How often an effect stands that was not undone. */
  net(place: string): number {
    return [...this.netByRound(place).values()].reduce((sum, net) => sum + net, 0)
  }

  /** The same by the round of the action: what a round has done is another effect than what the next one does. */
  netByRound(place: string): ReadonlyMap<number, number> {
    return this.#standing.get(place) ?? new Map()
  }

  /** Every place where something was done or undone. */
  get places(): readonly string[] {
    return [...this.#standing.keys()]
  }

  /** False when the participant refuses, because it has undone this before. */
  carryOut(call: HandlerCall, atMs: number): boolean {
    const { key, place, direction, actionRound, isTransactional, isFenced } = call
    if (isFenced) return false
    call.effectMs = atMs
    // Nobody deduplicates what is written in a transaction, nor refuses it.
    if (!isTransactional) {
      if (this.#keys.has(key)) return true
      if (this.#hasUndone(call)) return false
    }
    this.#keys.add(key)
    const standing = this.netByRound(place).get(actionRound) ?? 0
    const stands = direction === 'action' ? standing + 1 : 0
    this.#standing.set(place, new Map(this.netByRound(place)).set(actionRound, stands))
    if (direction === 'compensation') this.#undone.add(`${place}/${actionRound}`)
    // An undo that finds nothing is an effect for nobody.
    if (direction === 'action' || standing > 0) this.effects.push({ ...call, call, atMs })
    return true
  }

  /** Whether the participant has undone this action before it came, and keeps such a book. */
  #hasUndone({ direction, place, isBarred, actionRound }: HandlerCall): boolean {
    const keepsBook = this.#isStrict || isBarred
    return direction === 'action' && keepsBook && this.#undone.has(`${place}/${actionRound}`)
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
  tookEffect(asked: RoundPlace): boolean {
    if ((this.netByRound(asked.place).get(asked.actionRound) ?? 0) > 0) return true
    for (const call of this.calls) if (isActionAt(call, asked)) call.isFenced = true
    return false
  }

  /** Whether an action may still be at work, as far as anybody can know. */
  isActionAtWork(asked: RoundPlace, nowMs: number): boolean {
    return this.calls.some(
      (call) => call.outcome === 'open' && isActionAt(call, asked) && call.quietMs > nowMs,
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

function isActionAt(call: HandlerCall, { place, actionRound }: RoundPlace): boolean {
  return call.direction === 'action' && call.place === place && call.actionRound === actionRound
}
