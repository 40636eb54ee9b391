import { CONCURRENCY, measureLoad } from './measure-load.ts'
import type { Profile } from './profile.ts'

interface Point {
  readonly count: number
  /** How V8 is told to collect early; it is not where this is left out. */
  readonly heap?: 'flags' | 'call'
}

// V8 lets garbage lie as long as there is memory. A smaller nursery, and a heap below 2 GB, which V8 lets grow by less
// between two collections, keep it short of that: there is still room for far more than what is live.
const SMALL_HEAP = ['--max-semi-space-size=16', '--max-old-space-size=2000']

const FIVE_HUNDRED: readonly Point[] = [
  { count: 500 },
  { count: 500, heap: 'flags' },
  { count: 500, heap: 'call' },
]
const POINTS: readonly Point[] = [
  { count: 1 },
  { count: 10 },
  { count: 50 },
  { count: 100 },
  ...FIVE_HUNDRED,
  { count: 1_000 },
  { count: 5_000 },
]
const QUICK_POINTS: readonly Point[] = [{ count: 1 }, ...FIVE_HUNDRED, { count: 5_000 }]

/** Throughput, latency and memory over the number of sagas in flight. */
export const inFlight: Profile = {
  name: 'in-flight',
  title: 'Sagas in flight',
  what: 'The order saga of four steps. One process starts the sagas, works and awaits their results.',
  settings: `Concurrency ${CONCURRENCY}: sagas beyond that wait in the queue.`,
  reading:
    'Throughput rises until the cores are full and must not fall after that; latency then grows with the number in flight, because sagas wait for their turn. The rows of 500 are those for a worker’s memory: what is live on the heap is all that it needs, the rest of the RSS is code and garbage that V8 has not collected yet.',
  columns: [
    { key: 'inFlight', title: 'in flight' },
    { key: 'heap', title: 'heap kept small by' },
    { key: 'rate', title: 'sagas/s' },
    { key: 'p50', title: 'p50 ms' },
    { key: 'p99', title: 'p99 ms' },
    { key: 'nodeCpuMs', title: 'CPU ms per saga, Node' },
    { key: 'storeCpuMs', title: 'CPU ms per saga, servers' },
    { key: 'commits', title: 'commits per saga' },
    { key: 'rssMb', title: 'peak RSS MB' },
    { key: 'liveHeapMb', title: 'live heap MB' },
    { key: 'complaints', title: 'warnings' },
    { key: 'others', title: 'cores of others' },
  ],
  measure: async (context) => {
    for (const { count, heap } of context.quick ? QUICK_POINTS : POINTS) {
      const v8Flags = heap === 'flags' ? SMALL_HEAP : []
      const load = { saga: { kind: 'order' }, inFlight: count, workers: 0 } as const
      const plan = { ...load, v8Flags, keepsHeapSmall: heap === 'call' }
      const figures = await measureLoad(plan, context)
      const { sagas, seconds, latencyMs } = figures
      context.onRow({
        inFlight: count,
        heap: heap === undefined ? null : shownAs[heap],
        rate: sagas / seconds,
        p50: latencyMs.p50,
        p99: latencyMs.p99,
        nodeCpuMs: figures.nodeCpuMs / sagas,
        storeCpuMs: figures.storeCpuMs / sagas,
        commits: figures.postgres.commits,
        rssMb: figures.clientRssMb,
        liveHeapMb: figures.liveHeapMb,
        complaints: figures.complaints,
        others: figures.strangerCores,
      })
    }
  },
}

const shownAs = { flags: SMALL_HEAP.join(' '), call: '`keepHeapSmall()`' } as const
