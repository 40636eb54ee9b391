import { setTimeout as sleep } from 'node:timers/promises'

import { defineSagas } from '../define-sagas.ts'
import { feed } from './feed.ts'
import { listSagas } from './list-sagas.ts'
import type { Progress } from './progress.ts'
import { countClaimed } from './saga-facts.ts'
import { countSagas, endedOf, type SagaCounts } from './saga-counts.ts'
import type { SagaRequest } from './saga-request.ts'
import type { Stage } from './stage.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

const lookMs = 200

/** The worker that is at work; another one comes in its place when it is killed. */
export interface Shift {
  worker: WorkerProcess
}

/**
 * Starts all sagas, kills the worker half-way and starts another, and waits until every saga has ended or is stuck.
 *
 * @throws Error when a worker ends by itself, or the signal is aborted
 */
export async function runSagas(
  { stage, shift, progress }: { stage: Stage; shift: Shift; progress: Progress },
  requests: readonly SagaRequest[],
  signal: AbortSignal,
): Promise<void> {
  const { backstep, shop } = stage
  const feeding = feed(requests, { backstep, sagas: defineSagas(shop) }, signal)
  const watching = async (): Promise<void> => {
    await watch({ stage, shift, progress, signal }, (counts) => isHalfway(counts, requests.length))
    await replaceWorker(stage, shift, progress)
    const counts = await watch({ stage, shift, progress, signal }, (now) =>
      isSettled(now, requests.length),
    )
    progress.end(counts)
  }
  await Promise.all([feeding, watching()])
}

/** Looks again and again until what it sees is enough. */
async function watch(
  { stage, shift, progress, signal }: WatchOptions,
  enough: (counts: SagaCounts) => boolean,
): Promise<SagaCounts> {
  for (;;) {
    const counts = countSagas(await listSagas(stage.backstep))
    progress.show(counts)
    if (enough(counts)) return counts
    await Promise.race([sleep(lookMs, undefined, { signal }), shift.worker.crashed])
  }
}

interface WatchOptions {
  readonly stage: Stage
  readonly shift: Shift
  readonly progress: Progress
  readonly signal: AbortSignal
}

async function replaceWorker(stage: Stage, shift: Shift, progress: Progress): Promise<void> {
  const { pid } = shift.worker
  await shift.worker.kill()
  const held = await countClaimed(stage.backstep)
  progress.say(`Killed the worker (SIGKILL, process ${pid}) with ${held} sagas in its hands.`)
  shift.worker = await startWorkerProcess(stage.env)
  progress.say(`Started another one (process ${shift.worker.pid}).`)
}

function isHalfway(counts: SagaCounts, total: number): boolean {
  return counts.running > 0 && endedOf(counts) >= total / 3
}

function isSettled(counts: SagaCounts, total: number): boolean {
  return endedOf(counts) + counts.stuck === total
}
