/** One run of one system: a process of its own, with stores as if nobody had been there before. */
import type { RunReport } from '../runner/run-report.ts'
import type { Place, RunRequest } from '../runner/run-request.ts'
import { CpuWatch } from './cpu-watch.ts'
import { postgresCost } from './postgres-cost.ts'
import type { RunPlan } from './run-plan.ts'
import { RunnerProcess } from './runner-process.ts'
import type { RunResult } from './run-result.ts'
import { setScene, type SceneContext } from './scene.ts'

// For the warm-up, a window that had to be lengthened, and the end.
const GRACE_MS = 90_000

/** What all runs of a bench share. */
export interface MeasureContext extends SceneContext {
  readonly warmUpSagas: number
  readonly signal: AbortSignal
}

/** Measures once. Throws when a saga did not end as it should, or the system broke. */
export const measure = async (plan: RunPlan, context: MeasureContext): Promise<RunResult> => {
  const scene = await setScene(plan.system, context)
  try {
    const watch = new CpuWatch(scene.pids)
    const before = await scene.counters()
    const request = requestOf(plan, context, scene.place)
    const limits = { timeoutMs: plan.seconds * 1000 + GRACE_MS, signal: context.signal }
    const runner = new RunnerProcess(plan.system.runner, request, limits)
    const report = await runner.report({ opens: watch.open, closes: watch.close })
    const after = await scene.counters()
    const { storesMs, strangerCores } = watch.shares()
    return {
      ...identity(plan),
      ...figures(report),
      storeCpuMs: storesMs / report.sagas,
      postgres: postgresCost(before.postgres, after.postgres, report.sagasInAll),
      redisCommands:
        before.redis === null || after.redis === null
          ? null
          : (after.redis - before.redis) / report.sagasInAll,
      strangerCores,
      repeated: false,
    }
  } finally {
    await scene.close()
  }
}

const identity = ({ system, scenario, round }: RunPlan) => ({ system: system.id, scenario, round })

const figures = (report: RunReport) => ({
  sagas: report.sagas,
  seconds: report.seconds,
  rate: report.rate,
  latencyMs: report.latencyMs,
  engineLatencyMs: report.engineLatencyMs,
  nodeCpuMs: report.cpuMs / report.sagas,
  peakRssMb: report.peakRssMb,
})

const requestOf = (plan: RunPlan, context: MeasureContext, place: Place): RunRequest => {
  const { system, scenario, seconds } = plan
  const inFlight = scenario === 'w2' ? 1 : system.inFlight
  const { warmUpSagas } = context
  return {
    task: 'measure',
    scenario,
    place,
    inFlight,
    warmUpSagas,
    warmUpInFlight: system.inFlight,
    seconds,
    options: system.options,
  }
}
