import type { JournalEntry, SagaEvent } from '../../packages/engine/src/core/event.ts'
import { fold, foldRest } from '../../packages/engine/src/core/fold.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { forkNamed } from '../../packages/engine/src/core/plan-steps.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import type { SagaRow, TaskRow } from '../../packages/engine/src/ports/saga-queries.ts'
import type { SettleBranches } from '../../packages/engine/src/ports/saga-store.ts'
import type { FaultKind } from './faults.ts'
import type { SimNode } from './node.ts'
import {
  claimProblem,
  crowdProblem,
  eventProblem,
  failureProblem,
  rowProblems,
  taskProblem,
} from './row-problems.ts'
import { hasPassedPivot, type PlanOf } from './shapes.ts'
import { savepointProblems } from './savepoint-problems.ts'
import { traitsOf } from './traits-of-rows.ts'
import { WaitBook } from './wait-book.ts'

/** A claim as the store has granted it. */
export interface StandingClaim {
  readonly claimId: string
  readonly node: SimNode
  /** When its lease runs out, on the world's clock. */
  readonly untilMs: number
  /** How far the saga was when it was granted. */
  readonly seq: number
}

/** What a record needs of the world. */
export interface RecordPorts {
  readonly planOf: PlanOf
  readonly accuse: (what: string) => void
  /** Told what a row says that has to occur in a run. */
  readonly onTrait: (trait: FaultKind) => void
}

/** One saga, row by row, as a stranger has read it: its journal, its state, and who holds it. */
export class SagaRecord {
  readonly sagaId: string
  readonly entries: JournalEntry[] = []
  readonly #ports: RecordPorts
  readonly #claims = new Map<string, StandingClaim>()
  /** Claims that went with the branches that nobody waits for: who holds one may not know it yet. */
  readonly #abandoned = new Map<string, StandingClaim>()
  readonly #waits = new WaitBook()
  #wasResumed = false
  #turningSeq: number | null = null
  #plan: Plan | null = null
  #state: SagaState | null = null

  constructor(sagaId: string, ports: RecordPorts) {
    this.sagaId = sagaId
    this.#ports = ports
  }

  get seq(): number {
    return this.entries.length
  }

  get plan(): Plan | null {
    return this.#plan
  }

  get state(): SagaState | null {
    return this.#state
  }

  /** Whether the engine still has to do something about it by itself. */
  get isMoving(): boolean {
    return this.#state?.status === 'running' || this.#state?.status === 'compensating'
  }

  get isFree(): boolean {
    return this.#claims.size === 0
  }

  claimOn(branch: string): StandingClaim | undefined {
    return this.#claims.get(branch)
  }

  isHeldBy(node: SimNode): boolean {
    for (const claim of this.#claims.values()) if (claim.node === node) return true
    return false
  }

  /** Whether a process holds the claim on a branch, and its lease has not run out. */
  isLeasedBy(node: SimNode, branch: string, nowMs: number): boolean {
    const claim = this.#claims.get(branch)
    return claim !== undefined && claim.node === node && claim.untilMs >= nowMs
  }

  /** Whether nobody waits for the branch any more, and a process believes that it still holds it. */
  isAbandonedBy(node: SimNode, branch: string, nowMs: number): boolean {
    const claim = this.#abandoned.get(branch)
    return claim !== undefined && claim.node === node && claim.untilMs >= nowMs
  }

  /** The row in which a branch failed that lets the others begin nothing more; null while there is none. */
  get turningSeq(): number | null {
    return this.#turningSeq
  }

  hold(
    { branch, claimId, node }: { branch: string; claimId: string; node: SimNode },
    untilMs: number,
  ): void {
    this.#claims.set(branch, { claimId, node, untilMs, seq: this.seq })
  }

  /** False when the claim does not stand. */
  extend(claimId: string, untilMs: number): boolean {
    for (const [branch, claim] of this.#claims) {
      if (claim.claimId !== claimId) continue
      this.#claims.set(branch, { ...claim, untilMs })
      return true
    }
    return false
  }

  drop(claimId: string): void {
    for (const [branch, claim] of this.#claims) {
      if (claim.claimId === claimId) this.#claims.delete(branch)
    }
  }

  /** Branches of a fork come and go. */
  settle({ claims, dropped }: SettleBranches): void {
    for (const branch of dropped) {
      const claim = this.#claims.get(branch)
      if (claim !== undefined) this.#abandoned.set(branch, claim)
      this.#claims.delete(branch)
    }
    for (const { branch } of claims) this.#claims.delete(branch)
  }

  dropAll(): void {
    this.#claims.clear()
  }

  /** Takes the new rows in. Gives their events back. */
  read(entries: readonly JournalEntry[]): readonly SagaEvent[] {
    for (const entry of entries) {
      if (entry.seq !== this.seq + 1) {
        this.#ports.accuse(`row ${entry.seq} comes after row ${this.seq}`)
      }
      this.entries.push(entry)
      this.#fold(entry)
    }
    return entries.flatMap(({ events }) => events)
  }

  #fold(entry: JournalEntry): void {
    const before = this.#state
    for (const trait of traitsOf(entry)) this.#ports.onTrait(trait)
    try {
      if (before === null || this.#plan === null) this.#begin(entry)
      else this.#foldEvents(this.#plan, before, entry)
    } catch (error) {
      this.#accuse(`row ${entry.seq} cannot be folded: ${String(error)}`)
    }
    this.#turningSeq = this.#isDraining() ? (this.#turningSeq ?? entry.seq) : null
    this.#accuse(failureProblem(before, this.#state))
  }

  #begin(entry: JournalEntry): void {
    const [started] = entry.events
    if (started?.type !== 'saga_started') throw new RangeError('the journal has no start')
    this.#plan = this.#ports.planOf(started.name, started.version)
    this.#state = fold(this.#plan, this.sagaId, [entry])
    this.#waits.stand(this.#state, entry.at)
  }

  /** Each event is held against the state that the one before it has left. */
  #foldEvents(plan: Plan, before: SagaState, entry: JournalEntry): void {
    let state = foldRest(plan, before, [{ ...entry, events: [] }])
    for (const event of entry.events) {
      if (event.type === 'saga_resumed') this.#wasResumed = true
      this.#judge(plan, state, { event, at: entry.at })
      state = foldRest(plan, state, [{ ...entry, events: [event] }])
      this.#waits.stand(state, entry.at)
    }
    this.#state = state
  }

  #judge(
    plan: Plan,
    before: SagaState,
    { event, at }: { readonly event: SagaEvent; readonly at: number },
  ): void {
    this.#accuse(eventProblem(plan, before, event))
    if (event.type === 'deadline_passed' && hasPassedPivot(plan, before)) {
      this.#ports.onTrait('deadline_behind_pivot')
    }
    const problems = [
      ...savepointProblems(plan, before, event),
      ...this.#waits.problems({ plan, before, event, at }),
    ]
    for (const problem of problems) this.#accuse(problem)
    this.#waits.take(event, at)
  }

  #isDraining(): boolean {
    const { fork = null, turning = null } = this.#state ?? {}
    if (this.#plan === null || fork === null || turning === null) return false
    return forkNamed(this.#plan, fork.name).siblings !== 'waitAll'
  }

  /** Holds the fold against the row that people see, and against the tasks. */
  compare(row: SagaRow | undefined, tasks: readonly TaskRow[]): void {
    if (row === undefined || this.#state === null) return this.#ports.accuse('it has no row')
    for (const problem of rowProblems(row, this.#state)) this.#ports.accuse(problem)
    this.#accuse(taskProblem(this.#state, tasks))
    // An operator's retry sets those going that were halted, beside those that took their places.
    if (this.#plan !== null && !this.#wasResumed) this.#accuse(crowdProblem(this.#plan, tasks))
    this.#accuse(claimProblem([...this.#claims.keys()], tasks))
  }

  #accuse(problem: string | null): void {
    if (problem !== null) this.#ports.accuse(problem)
  }
}
