import type { HintData, HintJob } from './hint-job.ts'

/** A server on which BullMQ runs. Nothing is connected before a sender or a taker is opened. */
export interface QueueBackend {
  /** Whether it is the server of the engine's own tables. */
  readonly sharesStore: boolean

  /** Opens the sending side of a queue, by the name that BullMQ knows. */
  openSender(name: string): JobSender

  /** Opens the taking side; it begins at once. */
  openTaker(name: string, settings: TakerSettings): OpenTaker

  /** Says what is to be done about an error, where that is known; other errors are given back as they are. */
  explain(error: unknown): unknown

  /** Ends what senders share. */
  close(): void
}

/** What is used of BullMQ's queue. */
export interface JobSender {
  /** Rejects when the server cannot be used; this sender is of no use then, for ever. */
  waitUntilReady(): Promise<unknown>
  /** One layer below the queue's own methods, which make several objects of each job that nobody here looks at. */
  readonly backend: { addJobs(jobs: HintJob[]): Promise<unknown> }
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<void>
}

/** How jobs are taken. */
export interface TakerSettings {
  readonly concurrency: number
  readonly process: (job: TakenJob, token?: string) => Promise<void>
  /** Told of each fetch: when it begins, and whether it succeeded when it has ended. */
  readonly fetches: FetchListener
}

/** Hears how jobs are fetched. */
export interface FetchListener {
  readonly onFetch: () => void
  readonly onFetched: (succeeded: boolean) => void
}

/** What is used of BullMQ's job. */
export interface TakenJob {
  readonly id?: string | undefined
  readonly data: Partial<HintData>
  moveToWait(token?: string): Promise<unknown>
}

/** A taker, and the way to end its connections when it cannot end them itself because the server is away. */
export interface OpenTaker {
  readonly taker: JobTaker
  readonly disconnect: () => void
}

/** What is used of BullMQ's worker. */
export interface JobTaker {
  /** Rejects when the server cannot be used; this taker is of no use then, for ever. */
  waitUntilReady(): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<void>
}
