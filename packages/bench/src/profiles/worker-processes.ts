import { CONCURRENCY, measureLoad } from './measure-load.ts'
import type { Profile } from './profile.ts'

const IN_FLIGHT = 500

const PLACES = [
  { title: 'one process starts and works', workers: 0 },
  { title: 'a client, 1 worker process', workers: 1 },
  { title: 'a client, 2 worker processes', workers: 2 },
]

/** Throughput over worker processes. */
export const workerProcesses: Profile = {
  name: 'workers',
  title: 'Worker processes',
  what: 'The order saga of four steps, started and awaited by one process, worked by the same one, by another, or by two others.',
  settings: `${IN_FLIGHT} sagas in flight, concurrency ${CONCURRENCY} in each worker.`,
  reading:
    'All processes share the two cores with Postgres and Redis: a second worker adds throughput only as long as a core is left for it, and CPU per saga tells what a process more costs.',
  columns: [
    { key: 'place', title: 'processes' },
    { key: 'rate', title: 'sagas/s' },
    { key: 'p50', title: 'p50 ms' },
    { key: 'p99', title: 'p99 ms' },
    { key: 'nodeCpuMs', title: 'CPU ms per saga, Node' },
    { key: 'storeCpuMs', title: 'CPU ms per saga, servers' },
    { key: 'commits', title: 'commits per saga' },
    { key: 'clientRssMb', title: 'peak RSS MB, client' },
    { key: 'workerRssMb', title: 'peak RSS MB, a worker' },
    { key: 'complaints', title: 'warnings' },
    { key: 'others', title: 'cores of others' },
  ],
  measure: async (context) => {
    for (const { title, workers } of PLACES) {
      const plan = { saga: { kind: 'order' }, inFlight: IN_FLIGHT, workers } as const
      const figures = await measureLoad(plan, context)
      const { sagas, seconds, latencyMs, workerRssMb } = figures
      context.onRow({
        place: title,
        rate: sagas / seconds,
        p50: latencyMs.p50,
        p99: latencyMs.p99,
        nodeCpuMs: figures.nodeCpuMs / sagas,
        storeCpuMs: figures.storeCpuMs / sagas,
        commits: figures.postgres.commits,
        clientRssMb: figures.clientRssMb,
        workerRssMb: workerRssMb.length === 0 ? null : Math.max(...workerRssMb),
        complaints: figures.complaints,
        others: figures.strangerCores,
      })
    }
  },
}
