import { BackstepError } from '../core/backstep-error.ts'
import { parseDuration, type Duration } from '../core/duration.ts'
import type { PostgresSource } from './open-postgres.ts'
import type { ArchivedCount } from './queries/archive-sagas.ts'
import type { MonthChange } from './retain-months.ts'

/** What to keep, and for how long. */
export type RetainOptions = PostgresSource & {
  /** `backstep` unless said otherwise. */
  readonly schema?: string
  /** Sagas that ended at least this long ago are moved to the archive. */
  readonly archiveAfter: Duration
  /** Months that ended at least this long ago are dropped, with their sagas and keys. Nothing is, unless this is set. */
  readonly dropAfter?: Duration
  /** Sagas in one transaction, at most 10,000; 1,000 unless said otherwise. */
  readonly batch?: number
  /** Only tells what would be done. */
  readonly dryRun?: boolean
  /** Called for each change of a month (`2026-11`, in UTC) once it is committed. */
  readonly onMonth?: (change: MonthChange, month: string) => void
  /** Called when all that is old enough was moved, before months are dropped. */
  readonly onMoved?: (moved: ArchivedCount) => void
  /** Ends the work after the statement that is under way. */
  readonly signal?: AbortSignal
}

/** What came of it; in a dry run, what would. */
export interface RetainResult {
  /** How many sagas are in the archive now that were not, and the rows of their journals. */
  readonly moved: ArchivedCount
  /** The months whose partitions were made. */
  readonly made: readonly string[]
  /** The months that are no part of the archive any more. */
  readonly detached: readonly string[]
  /** The months whose sagas and journals are gone. */
  readonly dropped: readonly string[]
  /** Business keys that are free again; null in a dry run. */
  readonly freedKeys: number | null
}

/** The options, checked. Lengths of time are in milliseconds. */
export interface RetainTerms {
  readonly archiveAfterMs: number
  readonly dropAfterMs: number | null
  readonly batch: number
  readonly dryRun: boolean
  readonly onMonth: (change: MonthChange, month: string) => void
  readonly onMoved: (moved: ArchivedCount) => void
  readonly signal: AbortSignal | undefined
}

const largestBatch = 10_000

/**
 * Reads the options.
 *
 * @throws BackstepError `DURATION_INVALID`, `CONFIGURATION_INVALID`
 */
export function readTerms(options: RetainOptions): RetainTerms {
  const { archiveAfter, dropAfter, batch = 1_000, dryRun = false, signal } = options
  const { onMonth = () => {}, onMoved = () => {} } = options
  const terms = {
    archiveAfterMs: parseDuration(archiveAfter, 'archiveAfter'),
    dropAfterMs: dropAfter === undefined ? null : parseDuration(dropAfter, 'dropAfter'),
    batch,
    dryRun,
    onMonth,
    onMoved,
    signal,
  }
  const problem = problemOf(terms, options)
  if (problem !== undefined) throw new BackstepError('CONFIGURATION_INVALID', problem)
  return terms
}

function problemOf(
  { archiveAfterMs, dropAfterMs, batch, dryRun }: RetainTerms,
  { archiveAfter, dropAfter, pool }: RetainOptions,
): string | undefined {
  if (dropAfterMs !== null && dropAfterMs < archiveAfterMs) {
    return `dropAfter is ${dropAfter}, which is shorter than archiveAfter (${archiveAfter}); sagas are dropped from the archive only.`
  }
  if (!Number.isSafeInteger(batch) || batch < 1 || batch > largestBatch) {
    return `The batch is ${batch}; give a whole number from 1 to ${largestBatch}.`
  }
  return !dryRun && pool?.options.max === 1
    ? 'The pool has one connection, and retain needs two at once; give it another.'
    : undefined
}
