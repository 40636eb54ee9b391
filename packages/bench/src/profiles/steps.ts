import { CONCURRENCY, measureLoad } from './measure-load.ts'
import type { Profile } from './profile.ts'

const POINTS = [
  { steps: 1, inFlight: 500 },
  { steps: 4, inFlight: 500 },
  { steps: 16, inFlight: 500 },
  { steps: 64, inFlight: 200 },
  { steps: 250, inFlight: 20 },
  { steps: 1_000, inFlight: 10 },
]

const QUICK_POINTS = [
  { steps: 1, inFlight: 500 },
  { steps: 16, inFlight: 100 },
  { steps: 250, inFlight: 4 },
]

/** Throughput and cost over the length of a saga. */
export const steps: Profile = {
  name: 'steps',
  title: 'Steps per saga',
  what: 'Chains of steps that can be undone, without a pivot; each handler returns 100 bytes and does no work. One process starts and works.',
  settings: `Concurrency ${CONCURRENCY}; in flight as the table says.`,
  reading:
    'WAL per step must not grow with the length of a saga, and CPU per step only by what fewer sagas in flight leave unshared: long sagas run with few in flight, so that their batches are small.',
  columns: [
    { key: 'steps', title: 'steps' },
    { key: 'inFlight', title: 'in flight' },
    { key: 'rate', title: 'sagas/s' },
    { key: 'stepRate', title: 'steps/s' },
    { key: 'nodeCpuMs', title: 'CPU ms per step, Node' },
    { key: 'storeCpuMs', title: 'CPU ms per step, servers' },
    { key: 'walBytes', title: 'WAL bytes per step' },
    { key: 'commits', title: 'commits per step' },
    { key: 'rssMb', title: 'peak RSS MB' },
    { key: 'complaints', title: 'warnings' },
    { key: 'others', title: 'cores of others' },
  ],
  measure: async (context) => {
    for (const point of context.quick ? QUICK_POINTS : POINTS) {
      const saga = { kind: 'chain', steps: point.steps, outputBytes: 100, handlerMs: 0 } as const
      const plan = { saga, inFlight: point.inFlight, workers: 0 }
      const figures = await measureLoad(plan, context)
      const stepRate = figures.steps / figures.seconds
      context.onRow({
        ...point,
        // Few long sagas end in a window, and often together: their steps are the finer measure.
        rate: stepRate / point.steps,
        stepRate,
        nodeCpuMs: figures.nodeCpuMs / figures.steps,
        storeCpuMs: figures.storeCpuMs / figures.steps,
        walBytes: figures.postgres.walBytes / point.steps,
        commits: figures.postgres.commits / point.steps,
        rssMb: figures.clientRssMb,
        complaints: figures.complaints,
        others: figures.strangerCores,
      })
    }
  },
}
