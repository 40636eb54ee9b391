import type { Claim } from '../ports/task-store.ts'
import { handBack } from './hand-back.ts'
import type { HeldClaim } from './held-claim.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import { FoldedHere } from './folded-here.ts'
import { readClaim, type FindDefinition } from './read-claim.ts'
import type { Registry } from './registry.ts'
import { SagaHere } from './saga-here.ts'
import type { RememberedSaga } from './saga-memory.ts'
import { tellsOfLoss } from './tells-of-loss.ts'
import { Turn } from './turn.ts'
import type { TurnPorts } from './turn-ports.ts'
import { untilAnswered } from './until-answered.ts'

/** What it takes to run turns. */
export interface TurnRunnerOptions {
  readonly ports: TurnPorts
  readonly keeper: LeaseKeeper
  readonly registry: Registry
}

/** Runs the turns of one worker, each from its claim to its end. */
export class TurnRunner {
  readonly #ports: TurnPorts
  readonly #keeper: LeaseKeeper
  readonly #registry: Registry
  readonly #turns = new Map<HeldClaim, Turn>()
  /** The sagas that turns are under way of. */
  readonly #here = new Map<string, SagaHere>()
  /** Those of them whose first turn is still reading what its claim has brought. */
  readonly #beginning = new Map<string, Promise<void>>()
  readonly #find: FindDefinition = (name, version) =>
    this.#registry.atHand(name, version) ??
    untilAnswered(() => this.#registry.find(name, version), this.#ports)

  constructor({ ports, keeper, registry }: TurnRunnerOptions) {
    this.#ports = ports
    this.#keeper = keeper
    this.#registry = registry
  }

  /**
   * Runs one turn to its end. Never throws: a turn that fails leaves its lease to run out, and its task to a takeover.
   *
   * @param sentAtMs the time just before the claim was asked for, on our clock
   * @param known what the claim named as known
   */
  async run(claim: Claim, sentAtMs: number, known: RememberedSaga | null = null): Promise<void> {
    const receivedMs = this.#ports.clock.monotonicMs()
    const held = this.#keeper.hold(claim, sentAtMs)
    let saga: SagaHere | null = null
    try {
      saga = await this.#begin(held, known)
      if (saga === null) return
      const turn = new Turn(this.#ports, held, { saga, receivedMs })
      this.#turns.set(held, turn)
      await turn.run()
    } catch (error) {
      const { sagaId, branch } = claim
      const fields = { err: error, sagaId, branch }
      this.#ports.logger.error(fields, 'turn failed; its task will be taken over')
    } finally {
      this.#turns.delete(held)
      this.#keeper.drop(held)
      if (saga !== null) this.#leave(saga, held)
    }
  }

  /** Whether a turn of this saga is under way. */
  isAtWork(sagaId: string): boolean {
    return this.#here.has(sagaId)
  }

  /** What is known here of a saga that turns are under way of; else null. */
  known(sagaId: string): RememberedSaga | null {
    return this.#here.get(sagaId)?.remembered() ?? null
  }

  /** Somebody outside has appended something for the holder of this claim. */
  woken(held: HeldClaim, wake: number): void {
    const turn = this.#turns.get(held)
    turn?.woken(wake).catch((error: unknown) => {
      this.#ports.logger.warn({ err: error }, 'a request could not be read yet')
    })
  }

  /** Null when the claim is lost, or the saga cannot be read here: then its task is given back for a while. */
  async #begin(held: HeldClaim, known: RememberedSaga | null): Promise<SagaHere | null> {
    const { sagaId, branch, claimId, journal } = held.claim
    // The answer took longer than the lease: somebody else has the task by now.
    if (tellsOfLoss(journal.entries, claimId)) return null
    try {
      // It may be over by then, and another one there: of one saga there is one fold.
      const beginning = this.#here.has(sagaId) ? undefined : this.#beginning.get(sagaId)
      if (beginning !== undefined) await beginning
      const here = this.#here.get(sagaId)
      return here?.joinAsRead(held) === true ? here : await this.#read(held, known)
    } catch (error) {
      const fields = { err: error, sagaId, branch, rows: journal.entries.length }
      const text = 'the saga cannot be read; its task is left alone for a while'
      this.#ports.logger.error(fields, text)
      while (!(await handBack(this.#ports, held, unreadableDelayMs)));
      return null
    }
  }

  /** Folds what the claim has read; branches that are claimed together wait for the first of them, and fold nothing twice. */
  async #read(held: HeldClaim, known: RememberedSaga | null): Promise<SagaHere> {
    const { sagaId, journal } = held.claim
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#beginning.set(sagaId, promise)
    try {
      const read = readClaim(held.claim, known, this.#find)
      const found = read instanceof Promise ? await read : read
      const folded = new FoldedHere(journal, known)
      const here = this.#here.get(sagaId)
      const isSound = here !== undefined && !here.isVoid
      const saga = isSound ? here : new SagaHere(this.#ports, found, folded)
      this.#here.set(sagaId, saga)
      saga.join(held, found, folded)
      return saga
    } finally {
      resolve()
      if (this.#beginning.get(sagaId) === promise) this.#beginning.delete(sagaId)
    }
  }

  /** The last turn of a saga leaves behind what the next one need not read again. */
  #leave(saga: SagaHere, held: HeldClaim): void {
    saga.leave(held)
    // One that was void has made room for another.
    if (saga.turns > 0 || this.#here.get(held.claim.sagaId) !== saga) return
    this.#here.delete(held.claim.sagaId)
    const left = saga.remembered()
    if (left === null) this.#ports.forget(held.claim.sagaId)
    else this.#ports.remember(left)
  }
}

/** How long a task is left alone whose saga cannot be read: to take it over and over would only fill its journal. */
const unreadableDelayMs = 60_000
