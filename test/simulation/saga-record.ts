import type { JournalEntry, SagaEvent } from '../../packages/engine/src/core/event.ts'
import { fold, foldRest } from '../../packages/engine/src/core/fold.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import type { SagaRow, TaskRow } from '../../packages/engine/src/ports/saga-queries.ts'
import type { SimNode } from './node.ts'
import { eventProblem, failureProblem, rowProblems, taskProblem } from './row-problems.ts'
import type { PlanOf } from './shapes.ts'

/** A claim as the store has granted it. */
export interface StandingClaim {
  readonly claimId: string
  readonly node: SimNode
  /** When its lease runs out, on the world's clock. */
  readonly untilMs: number
}

/** What a record needs of the world. */
export interface RecordPorts {
  readonly planOf: PlanOf
  readonly accuse: (what: string) => void
  readonly onLateResult: () => void
}

/** One saga, row by row, as a stranger has read it: its journal, its state, and who holds it. */
export class SagaRecord {
  readonly sagaId: string
  readonly entries: JournalEntry[] = []
  readonly #ports: RecordPorts
  readonly #claims = new Map<string, StandingClaim>()
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

  /** Whether a process holds a claim whose lease has not run out. */
  isLeasedBy(node: SimNode, nowMs: number): boolean {
    for (const claim of this.#claims.values()) {
      if (claim.node === node && claim.untilMs >= nowMs) return true
    }
    return false
  }

  hold(
    { branch, claimId, node }: { branch: string; claimId: string; node: SimNode },
    untilMs: number,
  ): void {
    this.#claims.set(branch, { claimId, node, untilMs })
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
    for (const event of entry.events) {
      if (event.type === 'late_result') this.#ports.onLateResult()
      if (before !== null && this.#plan !== null)
        this.#accuse(eventProblem(this.#plan, before, event))
    }
    try {
      this.#state = this.#next(entry)
    } catch (error) {
      this.#accuse(`row ${entry.seq} cannot be folded: ${String(error)}`)
    }
    this.#accuse(failureProblem(before, this.#state))
  }

  #next(entry: JournalEntry): SagaState {
    if (this.#state !== null && this.#plan !== null) {
      return foldRest(this.#plan, this.#state, [entry])
    }
    const [started] = entry.events
    if (started?.type !== 'saga_started') throw new RangeError('the journal has no start')
    this.#plan = this.#ports.planOf(started.name, started.version)
    return fold(this.#plan, this.sagaId, [entry])
  }

  /** Holds the fold against the row that people see, and against the tasks. */
  compare(row: SagaRow | undefined, tasks: readonly TaskRow[]): void {
    if (row === undefined || this.#state === null) return this.#ports.accuse('it has no row')
    for (const problem of rowProblems(row, this.#state)) this.#ports.accuse(problem)
    this.#accuse(taskProblem(this.#state, tasks))
  }

  #accuse(problem: string | null): void {
    if (problem !== null) this.#ports.accuse(problem)
  }
}
