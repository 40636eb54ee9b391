import type { Logger, LogFields } from '../ports/logger.ts'
import type { TaskHint } from '../ports/task-store.ts'
import { kindOfError } from './kind-of-error.ts'
import { TroubleLog } from './trouble-log.ts'

const LONGEST_TEXT = 500

/** What a line is about, and the error behind it. */
interface Line {
  readonly error: Error
  readonly fields: LogFields
  readonly message: string
}

/**
 * Reports what goes wrong on one queue: as log lines, and to whoever listens, both at the pace of a trouble log. Texts of
 * errors are cut, and errors never logged whole: those of ioredis hold the command with its script.
 */
export class QueueTrouble {
  readonly #log: TroubleLog<Line>
  readonly #queue: string
  readonly #explain: (error: unknown) => unknown

  constructor(options: QueueTroubleOptions) {
    const { logger, onError } = options
    this.#queue = options.queue
    this.#explain = options.explain
    this.#log = new TroubleLog(({ error, fields, message }, count) => {
      logger.warn({ queue: this.#queue, count, error: cut(error.message), ...fields }, message)
      onError?.(error)
    })
  }

  /** The server is away, full, or refuses something. */
  ofServer(reason: unknown): void {
    const error = toError(this.#explain(reason))
    const kind = kindOfError(error)
    const message = 'the task queue has trouble; tasks are found by the sweep meanwhile'
    this.#log.report(`server ${kind}`, { error, fields: { kind }, message })
  }

  /** A job held no hint, and was dropped. */
  ofJob(jobId: string | undefined): void {
    this.#log.report('job', {
      error: new Error('A job was emptied, or was not made by this library.'),
      fields: { jobId: cut(jobId ?? '') },
      message: 'a job without a hint was dropped',
    })
  }

  /** A hint was not dealt with; it is gone, and its task is found by the sweep. */
  ofHint({ sagaId, branch }: TaskHint, reason: unknown): void {
    this.#log.report('hint', {
      error: toError(reason),
      fields: { sagaId, branch },
      message: 'a hint could not be dealt with; the sweep finds its task',
    })
  }

  /** Writes what is held back, and nothing any more after that. */
  close(): void {
    this.#log.close()
  }
}

/** Where a queue's trouble goes. */
export interface QueueTroubleOptions {
  readonly queue: string
  readonly logger: Logger
  readonly explain: (error: unknown) => unknown
  readonly onError?: ((error: Error) => void) | undefined
}

const toError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error(String(reason))

const cut = (text: string): string =>
  text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`
