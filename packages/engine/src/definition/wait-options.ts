import type { StandardSchemaV1 } from '@standard-schema/spec'

import type { Duration } from '../core/duration.ts'

interface WaitBasics<Schema extends StandardSchemaV1> {
  /**
   * Any Standard Schema: checks what a signal brings. What it makes of it is stored, and gives the result its type. A signal
   * that it refuses is recorded, and the wait goes on.
   */
  readonly schema: Schema
}

/** A wait that turns the saga back when no signal comes in time; for ever where no time is said. */
export interface WaitOptions<Schema extends StandardSchemaV1> extends WaitBasics<Schema> {
  /** How long it waits. */
  readonly timeout?: Duration
  /** When no signal came in time: `compensate`, the default, turns the saga back. */
  readonly onTimeout?: 'compensate'
}

/** A wait that nothing but a signal ends. */
export interface EndlessWaitOptions<Schema extends StandardSchemaV1> extends WaitBasics<Schema> {
  readonly timeout?: never
  readonly onTimeout?: never
}

/** A wait after which the saga goes on in any case: then its result may be missing. */
export interface PatientWaitOptions<Schema extends StandardSchemaV1> extends WaitBasics<Schema> {
  readonly timeout: Duration
  readonly onTimeout: 'continue'
}

/** A wait after which steps are taken when no signal came in time, and skipped when one did. */
export interface BranchingWaitOptions<
  Schema extends StandardSchemaV1,
  Build,
> extends WaitBasics<Schema> {
  readonly timeout: Duration
  readonly onTimeout: Build
}
