import type { System } from '../catalog/system.ts'
import type { Scenario } from '../workload/scenario.ts'

/** Which run. */
export interface RunPlan {
  readonly system: System
  readonly scenario: Scenario
  /** From 1. */
  readonly round: number
  readonly seconds: number
}

/** What is to be run. */
export interface PlanOptions {
  readonly systems: readonly System[]
  readonly scenarios: readonly Scenario[]
  readonly rounds: number
  readonly seconds: number
}

/**
 * All runs in their order: in each round every system once, so that a machine that drifts does so
 * for all alike.
 */
export const planRuns = ({
  systems,
  scenarios,
  rounds,
  seconds,
}: PlanOptions): readonly RunPlan[] =>
  scenarios.flatMap((scenario) =>
    Array.from({ length: rounds }, (_, index) => index + 1).flatMap((round) =>
      systems
        .filter((system) => system.scenarios?.includes(scenario) ?? true)
        .map((system) => ({ system, scenario, round, seconds })),
    ),
  )
