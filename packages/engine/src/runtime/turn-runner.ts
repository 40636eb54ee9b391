import type { Claim } from '../ports/task-store.ts'
import { handBack } from './hand-back.ts'
import type { HeldClaim } from './held-claim.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import { FoldedHere } from './folded-here.ts'
import { readClaim, type FindDefinition, type FoldedSaga } from './read-claim.ts'
import type { Registry } from './registry.ts'
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
  readonly #atWork = new Map<string, number>()
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
    this.#count(claim.sagaId, 1)
    try {
      const saga = this.#read(held, known)
      const start = saga instanceof Promise ? await saga : saga
      if (start === null) return
      const folded = new FoldedHere(claim.journal, known)
      const turn = new Turn(this.#ports, held, { ...start, folded, receivedMs })
      this.#turns.set(held, turn)
      await turn.run()
    } catch (error) {
      const { sagaId, branch } = claim
      const fields = { err: error, sagaId, branch }
      this.#ports.logger.error(fields, 'turn failed; its task will be taken over')
    } finally {
      this.#turns.delete(held)
      this.#keeper.drop(held)
      this.#count(claim.sagaId, -1)
    }
  }

  /** Whether a turn of this saga is under way. */
  isAtWork(sagaId: string): boolean {
    return this.#atWork.has(sagaId)
  }

  /** Branches of one saga may be under way side by side. */
  #count(sagaId: string, change: 1 | -1): void {
    const turns = (this.#atWork.get(sagaId) ?? 0) + change
    if (turns === 0) this.#atWork.delete(sagaId)
    else this.#atWork.set(sagaId, turns)
  }

  /** Somebody outside has appended something for the holder of this claim. */
  woken(held: HeldClaim, wake: number): void {
    const turn = this.#turns.get(held)
    turn?.woken(wake).catch((error: unknown) => {
      this.#ports.logger.warn({ err: error }, 'a request could not be read yet')
    })
  }

  /** Null when the claim is lost, or the saga cannot be read here: then its task is given back for a while. */
  #read(
    held: HeldClaim,
    known: RememberedSaga | null,
  ): FoldedSaga | null | Promise<FoldedSaga | null> {
    const { journal, claimId } = held.claim
    // The answer took longer than the lease: somebody else has the task by now.
    if (tellsOfLoss(journal.entries, claimId)) return null
    try {
      const saga = readClaim(held.claim, known, this.#find)
      return saga instanceof Promise ? saga.catch((error) => this.#leave(held, error)) : saga
    } catch (error) {
      return this.#leave(held, error)
    }
  }

  async #leave(held: HeldClaim, error: unknown): Promise<null> {
    const { sagaId, branch, journal } = held.claim
    const fields = { err: error, sagaId, branch, rows: journal.entries.length }
    const text = 'the saga cannot be read; its task is left alone for a while'
    this.#ports.logger.error(fields, text)
    while (!(await handBack(this.#ports, held, unreadableDelayMs)));
    return null
  }
}

/** How long a task is left alone whose saga cannot be read: to take it over and over would only fill its journal. */
const unreadableDelayMs = 60_000
