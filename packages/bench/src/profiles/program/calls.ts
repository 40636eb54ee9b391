import type { WorkerTuning } from '@backstep/engine'

import type { LatencySummary } from '../../runner/run-report.ts'

/** Which sagas a process runs. */
export type SagaSpec =
  /** The order of the bench: input checked, three steps that can be undone, and a pivot. */
  | { readonly kind: 'order' }
  /** Steps that can be undone, one after the other, without a pivot. */
  | {
      readonly kind: 'chain'
      readonly steps: number
      /** About so many bytes of JSON come out of each step. */
      readonly outputBytes: number
      /** How long each handler sleeps. */
      readonly handlerMs: number
    }

/** The worker of a process. */
export interface WorkerSpec extends WorkerTuning {
  readonly concurrency: number
}

/** A process of Backstep: the JSON in its first argument. */
export interface ProcessSpec {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly saga: SagaSpec
  /** Null for a process that only starts sagas and waits for them. */
  readonly worker: WorkerSpec | null
  /** Whether it calls `keepHeapSmall` first; it does not unless told. */
  readonly keepsHeapSmall?: boolean
}

/** What a process can be asked to do, and what it needs to know for that. */
export interface Asks {
  /** Keeps so many sagas in flight, and answers after the given time; the load goes on. */
  readonly warmUp: { readonly inFlight: number; readonly seconds: number }
  /** Records what ends in the given time; the load goes on. */
  readonly measure: { readonly seconds: number }
  /** Lets what is in flight end. */
  readonly finish: null
  /** Starts sagas and waits for none; `width` starts are under way at once. */
  readonly burst: { readonly sagas: number; readonly width: number }
  /** Waits until the worker of this process has brought so many sagas to their ends. */
  readonly untilSettled: { readonly sagas: number }
  /** What the worker of this process has done so far. */
  readonly counted: null
  /** Looks at the heap, under whatever load there is. */
  readonly liveHeap: null
  /** Ends everything in order. */
  readonly stop: null
}

/** What comes back. */
export interface Answers {
  readonly warmUp: null
  readonly measure: LoadReport
  readonly finish: { readonly sagas: number }
  readonly burst: BurstReport
  /** `seconds` since the worker began. */
  readonly untilSettled: { readonly seconds: number }
  readonly counted: WorkerCounts
  readonly liveHeap: { readonly megabytes: number }
  readonly stop: null
}

/** Sagas that ended while it was measured. */
export interface LoadReport {
  readonly sagas: number
  readonly seconds: number
  /** From start to the awaited result. */
  readonly latencyMs: LatencySummary
}

/** Sagas that were started. */
export interface BurstReport {
  readonly seconds: number
  /** Of `start` alone. */
  readonly latencyMs: LatencySummary
}

/** What a worker has done. */
export interface WorkerCounts {
  readonly steps: number
  readonly settled: number
  /** Warnings and errors that the engine has logged in this process, client or worker. */
  readonly complaints: number
}

/** The names of what can be asked. */
export type AskName = keyof Asks

/** A question as it is sent, as JSON. */
export interface Question<Name extends AskName> {
  readonly id: number
  readonly name: Name
  readonly ask: Asks[Name]
}

/** An answer as it is sent, as JSON; the one with the id 0 says that the process is ready. */
export type Reply<Answer> =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly error: string }
