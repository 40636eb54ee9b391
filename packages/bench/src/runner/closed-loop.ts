/**
 * Keeps a fixed number of sagas in flight: each one that ends makes room for the next.
 *
 * It counts and times only what ends while a recording is open, so that neither the ramp at the
 * beginning nor the drain at the end is measured.
 */
import { performance } from 'node:perf_hooks'

import type { SagaRun } from './bench-system.ts'

/** What ended while it was open. */
export interface Recording {
  readonly latenciesMs: number[]
  readonly engineLatenciesMs: number[]
}

/** Runs saga number `n`; rejects when it did not end as it should. */
export type RunSaga = (n: number) => Promise<SagaRun>

type Waiter = { readonly due: () => boolean; readonly resolve: () => void }

/** A load that goes on until it is stopped, or until a saga fails. */
export class ClosedLoop {
  readonly #run: RunSaga
  readonly #failed: Promise<never>
  #fail: (error: unknown) => void = () => {}
  readonly #lanes = new Set<Promise<void>>()
  /** Numbers of sagas in flight, the oldest first. */
  readonly #running = new Set<number>()
  #open = 0
  #width = 0
  #started = 0
  #ended = 0
  #recording: Recording | null = null
  #waiters: Waiter[] = []

  constructor(run: RunSaga) {
    this.#run = run
    this.#failed = new Promise((_resolve, reject) => {
      this.#fail = reject
    })
    // It may fail while nobody waits; whoever waits next is told.
    this.#failed.catch(() => {})
  }

  /** Sagas that have ended so far. */
  get ended(): number {
    return this.#ended
  }

  /** How far it has come, for somebody who wonders what it waits for. */
  describe(): string {
    const [oldest] = this.#running
    const waiting = oldest === undefined ? '' : `, the oldest of them is number ${oldest}`
    return `${this.#ended} sagas have ended, ${this.#running.size} are in flight${waiting}.`
  }

  /** Keeps so many in flight from now on. */
  widenTo(inFlight: number): void {
    this.#width = inFlight
    while (this.#open < inFlight) this.#openLane()
  }

  /** Lets sagas end until only so many are in flight. */
  async narrowTo(inFlight: number): Promise<void> {
    this.#width = inFlight
    while (this.#open > inFlight) await this.orFailure(Promise.race(this.#lanes))
  }

  /** Resolves when so many sagas have ended in all; rejects when one failed. */
  untilEnded(sagas: number): Promise<void> {
    return this.#until(() => this.#ended >= sagas)
  }

  /**
   * Resolves when the first so many sagas have ended, none of them left behind: a cold system may
   * let some wait for seconds. Rejects when one failed.
   */
  untilFirstEnded(sagas: number): Promise<void> {
    return this.#until(() => {
      const [oldest = this.#started + 1] = this.#running
      return this.#ended >= sagas && oldest > sagas
    })
  }

  /** What `work` comes to, unless a saga fails before. */
  orFailure<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failed])
  }

  /** From now on what ends is recorded, until another recording, or null, takes its place. */
  record(recording: Recording | null): void {
    this.#recording = recording
  }

  #until(due: () => boolean): Promise<void> {
    const reached = new Promise<void>((resolve) => {
      if (due()) resolve()
      else this.#waiters.push({ due, resolve })
    })
    return this.orFailure(reached)
  }

  #openLane(): void {
    this.#open += 1
    const lane = this.#lane().finally(() => this.#lanes.delete(lane))
    this.#lanes.add(lane)
  }

  async #lane(): Promise<void> {
    try {
      while (this.#open <= this.#width) await this.#runOne()
    } catch (error) {
      this.#width = 0
      this.#fail(error)
    }
    // At once, so that two lanes that end together do not both take themselves for the one too many.
    this.#open -= 1
  }

  async #runOne(): Promise<void> {
    const startedAt = performance.now()
    this.#started += 1
    const n = this.#started
    this.#running.add(n)
    const result = await this.#run(n)
    this.#running.delete(n)
    this.#note(performance.now() - startedAt, result)
  }

  #note(latencyMs: number, { engineMs }: SagaRun): void {
    this.#ended += 1
    this.#recording?.latenciesMs.push(latencyMs)
    if (engineMs !== undefined) this.#recording?.engineLatenciesMs.push(engineMs)
    if (this.#waiters.length === 0) return
    const { due = [], early = [] } = Object.groupBy(this.#waiters, (waiter) =>
      waiter.due() ? 'due' : 'early',
    )
    this.#waiters = early
    for (const { resolve } of due) resolve()
  }
}
