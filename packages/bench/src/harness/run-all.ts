import { performance } from 'node:perf_hooks'

import { measure, type MeasureContext } from './measure.ts'
import type { RunPlan } from './run-plan.ts'
import { isDisturbed, type RunResult } from './run-result.ts'
import { TimeBudget } from './time-budget.ts'

/** A run that gave no result, and why. */
export interface FailedRun {
  readonly system: string
  readonly scenario: RunPlan['scenario']
  readonly round: number
  readonly reason: string
}

/** What came of all runs. */
export interface BenchRuns {
  readonly results: readonly RunResult[]
  readonly failures: readonly FailedRun[]
  /** Runs that the time budget left no room for. */
  readonly skipped: number
}

/** How far to go. */
export interface RunAllOptions {
  readonly plans: readonly RunPlan[]
  /** Whether runs that strangers disturbed get a second chance at the end. */
  readonly repeatDisturbed: boolean
  /** Time for all runs, in equal parts for the scenarios; null for as long as it takes. */
  readonly budgetMs: number | null
  /** Told about each run as it ends. */
  readonly onEnd: (outcome: RunResult | FailedRun) => void
}

/** Runs everything in order, one after the other, and disturbed runs once more at the end. */
export const runAll = async (
  options: RunAllOptions,
  context: MeasureContext,
): Promise<BenchRuns> => {
  const budget = new TimeBudget(options.budgetMs, () => performance.now())
  const results = new Map<RunPlan, RunResult>()
  const failures: FailedRun[] = []
  let skipped = 0
  const groups = [...Map.groupBy(options.plans, ({ scenario }) => scenario).values()]
  for (const [index, plans] of groups.entries()) {
    budget.beginGroup(groups.length - index)
    for (const plan of plans) {
      if (!budget.hasTime()) {
        skipped += 1
        continue
      }
      const outcome = await tryRun(plan, context)
      options.onEnd(outcome)
      if ('reason' in outcome) failures.push(outcome)
      else results.set(plan, outcome)
    }
  }
  if (options.repeatDisturbed) await repeatDisturbed(results, options, context)
  return { results: [...results.values()], failures, skipped }
}

const repeatDisturbed = async (
  results: Map<RunPlan, RunResult>,
  { onEnd }: RunAllOptions,
  context: MeasureContext,
): Promise<void> => {
  for (const [plan, first] of [...results].filter(([, result]) => isDisturbed(result))) {
    const second = await tryRun(plan, context)
    if ('reason' in second) continue
    const repeated = { ...second, repeated: true }
    onEnd(repeated)
    // The quieter one of the two: a second disturbance may be the worse one.
    if (second.strangerCores < first.strangerCores) results.set(plan, repeated)
  }
}

const tryRun = async (plan: RunPlan, context: MeasureContext): Promise<RunResult | FailedRun> => {
  try {
    return await measure(plan, context)
  } catch (error) {
    context.signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    return { system: plan.system.id, scenario: plan.scenario, round: plan.round, reason }
  }
}
