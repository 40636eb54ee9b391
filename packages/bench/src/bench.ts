import { performance } from 'node:perf_hooks'

import type { BenchArguments } from './arguments.ts'
import type { System } from './catalog/system.ts'
import { startStores } from './harness/bench-stores.ts'
import { installPeers } from './harness/install-peers.ts'
import { planRuns } from './harness/run-plan.ts'
import { runAll } from './harness/run-all.ts'
import { Templates } from './harness/templates.ts'
import type { BenchReport } from './report/bench-report.ts'
import { describeCommit, describeMachine } from './report/machine.ts'
import { ratiosOf } from './report/ratios.ts'
import { reportedSystem } from './report/reported-system.ts'
import { summarize } from './report/summary.ts'
import { runLine } from './report/terminal.ts'

/** What a bench needs besides its arguments. */
export interface BenchSurroundings {
  readonly signal: AbortSignal
  /** Progress, a line at a time. */
  readonly say: (line: string) => void
}

/** Starts the servers, runs everything, and ends the servers whatever happens. */
export const runBench = async (
  chosen: BenchArguments,
  systems: readonly System[],
  { signal, say }: BenchSurroundings,
): Promise<BenchReport> => {
  const startedAt = performance.now()
  await installPeers(systems, signal)
  const stores = await startStores(systems, signal)
  try {
    const { scenarios, rounds, seconds, warmUpSagas } = chosen
    const budgetMs =
      chosen.budgetSeconds === null
        ? null
        : chosen.budgetSeconds * 1000 - (performance.now() - startedAt)
    const runs = await runAll(
      {
        plans: planRuns({ systems, scenarios, rounds, seconds }),
        repeatDisturbed: chosen.repeatDisturbed,
        budgetMs,
        onEnd: (outcome) => say(runLine(outcome)),
      },
      { stores, templates: new Templates(stores.postgres, signal), warmUpSagas, signal },
    )
    const ours = systems.filter((system) => system.package === null).map(({ id }) => id)
    const peers = systems.filter((system) => system.package !== null).map(({ id }) => id)
    return {
      date: new Date().toISOString(),
      commit: describeCommit(),
      machine: describeMachine(stores),
      plan: { rounds, seconds, warmUpSagas, skippedRuns: runs.skipped },
      systems: systems.map(reportedSystem),
      summaries: summarize(runs.results),
      ratios: ratiosOf(runs.results, { ours, peers }),
      failures: runs.failures,
      runs: runs.results,
    }
  } finally {
    await stores.close()
  }
}
