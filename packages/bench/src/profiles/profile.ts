import type { Stage } from './stage.ts'

/** What all profiles of a run share. */
export interface ProfileContext {
  readonly stage: Stage
  /** Small and short, to see that it runs; the figures mean little. */
  readonly quick: boolean
  readonly signal: AbortSignal
  /** Told each row as it is measured. */
  readonly onRow: (row: ProfileRow) => void
}

/** One measured point, by the keys of the columns; null where there is nothing to say. */
export type ProfileRow = Readonly<Record<string, string | number | null>>

/** A column of a profile's table. */
export interface ProfileColumn {
  readonly key: string
  readonly title: string
}

/** A question about scale, and how it is answered. */
export interface Profile {
  readonly name: string
  readonly title: string
  /** What it does, in a sentence or two. */
  readonly what: string
  /** Everything that is set otherwise than by default. */
  readonly settings: string
  /** How to read its table, in a sentence. */
  readonly reading: string
  readonly columns: readonly ProfileColumn[]
  readonly measure: (context: ProfileContext) => Promise<void>
}

/** A profile that was measured: what stands in the results file. */
export interface MeasuredProfile {
  readonly name: string
  readonly seconds: number
  readonly rows: readonly ProfileRow[]
  /** Why it ended before its time; null when it did not. */
  readonly failure: string | null
}
