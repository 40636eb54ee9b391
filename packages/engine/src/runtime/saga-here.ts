import type { JournalEntry } from '../core/event.ts'
import { foldRest } from '../core/fold.ts'
import type { OnBranchObservation } from '../core/observation.ts'
import { isAlive } from '../core/state-patch.ts'
import type { SagaState } from '../core/state.ts'
import type { NamedEntry } from '../ports/saga-store.ts'
import { advance, type Advance } from './advance.ts'
import { announce } from './announce.ts'
import { AsksInTurn, type Ask, type Settled } from './asks-in-turn.ts'
import type { FoldedHere } from './folded-here.ts'
import type { HeldClaim } from './held-claim.ts'
import { mayGoOn } from './may-go-on.ts'
import type { FoldedSaga } from './read-claim.ts'
import type { RememberedSaga } from './saga-memory.ts'
import { appendRecord, wakesSiblings, type Decided } from './turn-append.ts'
import type { TurnPorts } from './turn-ports.ts'
import { untilAnswered } from './until-answered.ts'
import type { VerdictWriter } from './verdict-writer.ts'

/** What it takes to write to a saga's journal. */
type SagaPorts = Pick<
  TurnPorts,
  'sagas' | 'ids' | 'settings' | 'hints' | 'observer' | 'onEnded' | 'clock' | 'logger' | 'signal'
>

/**
 * One saga as this process has folded it, for all turns of its branches that are under way here. What they see is decided
 * one after the other and written together: hundreds of branches that end at once make a few rows, and none of them loses a
 * race against another one of this process.
 *
 * I1. A decision counts only if its append directly follows what it was made on; a lost race reads on and decides again.
 * I2. One append at a time is under way.
 */
export class SagaHere {
  readonly #ports: SagaPorts
  readonly #definition: FoldedSaga['definition']
  #state: SagaState
  #folded: FoldedHere
  /** Claims under which turns are under way here, and those of them that are known to be lost. */
  readonly #held = new Set<HeldClaim>()
  readonly #lost = new Set<string>()
  readonly #asks = new AsksInTurn({
    settleAlone: (ask) => this.#settleAlone(ask),
    settleAll: (asks) => this.#settleAll(asks),
  })
  #lostRaces = 0
  #isVoid = false

  constructor(ports: SagaPorts, { definition, state }: FoldedSaga, folded: FoldedHere) {
    this.#ports = ports
    this.#definition = definition
    this.#state = state
    this.#folded = folded
  }

  get definition(): FoldedSaga['definition'] {
    return this.#definition
  }

  get state(): SagaState {
    return this.#state
  }

  /** It is not the journal's past any more, after a failover that lost rows: nothing may build on it. */
  get isVoid(): boolean {
    return this.#isVoid
  }

  /** How many turns are under way. */
  get turns(): number {
    return this.#held.size
  }

  /** Another turn begins, whose claim may have read further than the others. */
  join(held: HeldClaim, { state }: FoldedSaga, folded: FoldedHere): void {
    this.#note(held.claim.journal.entries)
    if (state.seq > this.#state.seq) {
      this.#state = state
      this.#folded = folded
    }
    this.#held.add(held)
  }

  /**
   * The same, where what its claim has read goes on from what is known here, or not as far: nothing is folded twice.
   *
   * @returns false where something in between is missing, or another row is where the last one was
   */
  joinAsRead(held: HeldClaim): boolean {
    const { journal } = held.claim
    const { entries } = journal
    const from = journal.type === 'rest' ? journal.after : (entries[0]?.seq ?? 0) - 1
    if (this.#isVoid || from > this.#state.seq) return false
    const last = entries.find(({ seq }) => seq === this.#state.seq)
    if (last !== undefined && last.appendId !== this.#folded.lastId) {
      this.#isVoid = true
      return false
    }
    const unseen = entries.filter(({ seq }) => seq > this.#state.seq)
    const follows = unseen.every(({ seq }, index) => seq === this.#state.seq + 1 + index)
    if (!follows) return false
    this.#fold(unseen)
    this.#note(entries)
    this.#held.add(held)
    return true
  }

  /** A turn is over. */
  leave(held: HeldClaim): void {
    this.#held.delete(held)
    this.#lost.delete(held.claim.claimId)
  }

  /** What the next turn of this saga here need not read again; null where the last row's name is not known. */
  remembered(): RememberedSaga | null {
    if (!isAlive(this.#state)) return null
    const left = this.#folded.upTo(this.#state.seq)
    return left === null ? null : { definition: this.#definition, state: this.#state, ...left }
  }

  /** Decides on what a turn has seen, and appends until the decision stands. */
  settle(ask: Ask): Promise<Settled> {
    return this.#asks.settle(ask)
  }

  /** Reads what others have appended. True when that includes the loss of this claim, or of its branch. */
  async readOn(held: HeldClaim): Promise<boolean> {
    await this.#readRest()
    return this.#isLost(held)
  }

  async #settleAlone(ask: Ask): Promise<Settled> {
    const { held } = ask
    for (;;) {
      if (this.#isLost(held)) return { type: 'lost' }
      const state = this.#current()
      const context = { ...ask.context(), definition: this.#definition, state }
      const advanced = advance(context, ask.observation())
      const next = advanced instanceof Promise ? await advanced : advanced
      // While something was computed, another claim has read on: what was decided is of the past.
      if (state !== this.#state) continue
      const unwritten = withoutRow(next)
      if (unwritten !== null) return unwritten
      if (await this.#append([{ next, held }], ask.writer)) return { type: 'applied', next }
      await this.#readRest()
    }
  }

  /** Settles all of them, in as few rows as it takes. */
  async #settleAll(asks: readonly Ask[]): Promise<ReadonlyMap<Ask, Settled>> {
    const settled = new Map<Ask, Settled>()
    let open = asks
    while (open.length > 0) {
      const decided = await this.#decideAll(open, settled)
      if (decided.length > 0 && !(await this.#append(decided, null))) {
        await this.#readRest()
      } else {
        const fails = decided.some(({ next }) => next.events.some(wakesSiblings))
        for (const { ask, next } of decided) {
          // Another decision of the same row may have given its branch up, or ask it to make no other attempt.
          const stays = next.stays && !this.#isLost(ask.held)
          settled.set(
            ask,
            stays && fails ? { type: 'overtaken' } : { type: 'applied', next: { ...next, stays } },
          )
        }
      }
      open = open.filter((ask) => !settled.has(ask))
    }
    return settled
  }

  /** Each decision is made on those before it; one that must wait for their row is left out. */
  async #decideAll(
    asks: readonly Ask[],
    settled: Map<Ask, Settled>,
  ): Promise<readonly (Decided & { readonly ask: Ask })[]> {
    const decided: (Decided & { readonly ask: Ask })[] = []
    const base = this.#current()
    let state = base
    for (const ask of asks) {
      if (this.#isLost(ask.held)) {
        settled.set(ask, { type: 'lost' })
        continue
      }
      // A decision that is about to be written has ended its branch, or the saga.
      if (!mayGoOn(state, ask.held)) continue
      const observation = ask.observation()
      const context = { ...ask.context(), definition: this.#definition, state }
      const advanced = advance(context, observation)
      const next = advanced instanceof Promise ? await advanced : advanced
      const unwritten = withoutRow(next)
      if (unwritten !== null) {
        // Seen from the other side of decisions that are not written yet, it may look otherwise.
        if (decided.length === 0) settled.set(ask, unwritten)
        continue
      }
      decided.push({ ask, next, held: ask.held })
      state = this.#foreseen(state, next, observation)
    }
    return base === this.#state ? decided : []
  }

  #foreseen(state: SagaState, { events }: Advance, { at }: OnBranchObservation): SagaState {
    const { seq } = state
    return { ...foldRest(this.#definition.plan, state, [{ seq: seq + 1, at, events }]), seq }
  }

  async #append(decided: readonly Decided[], writer: VerdictWriter | null): Promise<boolean> {
    const { sagas, ids, settings, hints } = this.#ports
    const { plan } = this.#definition
    const state = this.#state
    const record = appendRecord(
      { ids, dispatchGraceMs: hints.graceMs(settings.dispatchGraceMs) },
      { decided, state, plan, afterId: this.#folded.lastId },
    )
    const result =
      writer === null
        ? (await untilAnswered(() => sagas.append([record]), this.#ports))[0]
        : await writer.append(record)
    if (result?.applied !== true) {
      this.#lostRaces += 1
      return false
    }
    this.#lostRaces = 0
    const { seq, appendId, events } = record
    this.#fold([{ seq, at: result.at, events, appendId }])
    announce(this.#ports, { plan, state: this.#state, record, at: result.at })
    return true
  }

  #fold(entries: readonly NamedEntry[]): void {
    // Another claim may have read some of them in the meantime.
    const unseen = entries.filter(({ seq }) => seq > this.#state.seq)
    this.#state = foldRest(this.#definition.plan, this.#state, unseen)
    for (const entry of unseen) this.#folded.add(entry)
    this.#note(unseen)
  }

  /** Notes which claims of this process these rows put an end to. */
  #note(entries: readonly JournalEntry[]): void {
    for (const event of entries.flatMap(({ events }) => events)) {
      if (event.type === 'lease_lost') this.#lost.add(event.claimId)
    }
    if (!isAlive(this.#state)) return
    for (const held of this.#held) if (this.#isLost(held)) held.abort('lease_lost')
  }

  async #readRest(): Promise<void> {
    const { sagas } = this.#ports
    const { lastId } = this.#folded
    const { seq, sagaId } = this.#state
    const read = await untilAnswered(
      () => sagas.readJournal(sagaId, lastId === null ? seq : seq - 1),
      this.#ports,
    )
    const entries = read.filter((entry) => entry.seq > seq)
    if (lastId !== null && read[0]?.appendId !== lastId) {
      this.#isVoid = true
      throw this.#rewound()
    }
    if (entries.length > 0) this.#lostRaces = 0
    if (this.#lostRaces >= mostVainRaces) throw this.#rewound()
    this.#fold(entries)
  }

  #isLost(held: HeldClaim): boolean {
    return this.#lost.has(held.claim.claimId) || !mayGoOn(this.#state, held)
  }

  /** The state that decisions are made on. */
  #current(): SagaState {
    if (this.#isVoid) throw this.#rewound()
    return this.#state
  }

  /** The journal has another row where the last one was, or takes none behind it: it is not the journal that was read. */
  #rewound(): RangeError {
    const { sagaId, seq } = this.#state
    return new RangeError(
      `The journal of saga ${sagaId} does not go on behind row ${seq} as it was read: it has lost rows, or the claim on it is gone.`,
    )
  }
}

/** What comes of a decision that has nothing to write; null of one that has. */
function withoutRow(next: Advance): Settled | null {
  if (next.refusal !== null) return { type: 'refused', refusal: next.refusal }
  return next.events.length === 0 ? { type: 'idle', next } : null
}

/** A lost race without a row that won it: so often that is looked at again. */
const mostVainRaces = 3
