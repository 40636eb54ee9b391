import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import { createBackstep, startWorker } from '@backstep/engine'
import { keepHeapSmall } from '@backstep/worker/memory'

import { ClosedLoop, type Recording } from '../../runner/closed-loop.ts'
import { summarizeLatencies } from '../../runner/percentile.ts'
import { runBurst } from './burst.ts'
import type { Answers, AskName, Asks, LoadReport, ProcessSpec } from './calls.ts'
import { Complaints } from './complaints.ts'
import { liveHeapMb } from './live-heap.ts'
import { WorkerTally } from './worker-tally.ts'
import { workloadOf } from './workload.ts'

/** What answers each question. */
export type Program = {
  readonly [Name in AskName]: (ask: Asks[Name]) => Promise<Answers[Name]>
}

/** A client of Backstep, with a worker in the same process if the spec has one. */
export const openProgram = async (spec: ProcessSpec): Promise<Program> => {
  const { databaseUrl, redisUrl } = spec
  if (spec.keepsHeapSmall === true) keepHeapSmall()
  const logger = new Complaints()
  const tally = new WorkerTally()
  const workload = workloadOf(spec.saga)
  const backstep = createBackstep({ databaseUrl, redisUrl, logger })
  const loop = new ClosedLoop(async (n) => {
    const handle = await workload.start(backstep, n)
    const { status } = await handle.result()
    if (status !== 'completed') throw new Error(`Saga ${handle.sagaId} ended as ${status}.`)
    return { end: status }
  })
  const workingSince = performance.now()
  const worker =
    spec.worker === null
      ? null
      : await startWorker({ backstep, sagas: [workload.saga], observer: tally, ...spec.worker })
  return {
    warmUp: async ({ inFlight, seconds }) => {
      loop.widenTo(inFlight)
      await loop.orFailure(sleep(seconds * 1000))
      return null
    },
    measure: ({ seconds }) => recordFor(seconds, loop),
    finish: async () => {
      await loop.narrowTo(0)
      return { sagas: loop.ended }
    },
    burst: (ask) => runBurst(ask, (n) => workload.start(backstep, n)),
    untilSettled: async ({ sagas }) => {
      await tally.untilSettled(sagas)
      return { seconds: (performance.now() - workingSince) / 1000 }
    },
    counted: async () => ({
      steps: tally.steps,
      settled: tally.settled,
      complaints: logger.count,
    }),
    liveHeap: async () => ({ megabytes: liveHeapMb() }),
    stop: async () => {
      await worker?.stop()
      await backstep.close()
      return null
    },
  }
}

const recordFor = async (wantedSeconds: number, loop: ClosedLoop): Promise<LoadReport> => {
  const recording: Recording = { latenciesMs: [], engineLatenciesMs: [] }
  const startedAt = performance.now()
  loop.record(recording)
  await loop.orFailure(sleep(wantedSeconds * 1000))
  loop.record(null)
  return {
    sagas: recording.latenciesMs.length,
    seconds: (performance.now() - startedAt) / 1000,
    latencyMs: summarizeLatencies(recording.latenciesMs),
  }
}
