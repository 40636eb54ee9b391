import type { Scenario } from '../workload/scenario.ts'

/** A setting of a system, as it stands in the system's JSON file. */
export type OptionValue = string | number | boolean

/** Where the stores of one run are; what a system does not use is null. */
export interface Place {
  /** A database of this run's own, already migrated when the system can prepare one. */
  readonly databaseUrl: string | null
  /** A Redis of the bench's own, emptied before this run. */
  readonly redisUrl: string | null
  /** Restate's ingress and admin addresses. */
  readonly ingressUrl: string | null
  readonly adminUrl: string | null
}

/** What a runner is asked to do: the JSON in its first argument. */
export interface RunRequest {
  /** `prepare` makes the tables in an empty database and ends. */
  readonly task: 'prepare' | 'measure'
  readonly scenario: Scenario
  readonly place: Place
  readonly inFlight: number
  /** So many during the warm-up, where one at a time would take too long. */
  readonly warmUpInFlight: number
  readonly warmUpSagas: number
  readonly seconds: number
  readonly options: Readonly<Record<string, OptionValue>>
}
