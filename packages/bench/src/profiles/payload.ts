import { CONCURRENCY, measureLoad } from './measure-load.ts'
import type { Profile } from './profile.ts'

const STEPS = 4
const IN_FLIGHT = 100
const SIZES = [
  { title: '100 B', outputBytes: 100 },
  { title: '10 kB', outputBytes: 10_000 },
  { title: '100 kB', outputBytes: 100_000 },
]

/** Throughput and memory over the size of what steps return. */
export const payload: Profile = {
  name: 'payload',
  title: 'Payload',
  what: `Chains of ${STEPS} steps whose handlers return text of the given size. One process starts and works.`,
  settings: `${IN_FLIGHT} sagas in flight, concurrency ${CONCURRENCY}.`,
  reading:
    'MB/s is what the steps returned, in text that does not compress; WAL per saga beside four times the size of an output shows what each byte costs on disk.',
  columns: [
    { key: 'size', title: 'a step returns' },
    { key: 'rate', title: 'sagas/s' },
    { key: 'megabytes', title: 'MB/s' },
    { key: 'p50', title: 'p50 ms' },
    { key: 'p99', title: 'p99 ms' },
    { key: 'nodeCpuMs', title: 'CPU ms per saga, Node' },
    { key: 'storeCpuMs', title: 'CPU ms per saga, servers' },
    { key: 'walKb', title: 'WAL kB per saga' },
    { key: 'rssMb', title: 'peak RSS MB' },
    { key: 'complaints', title: 'warnings' },
    { key: 'others', title: 'cores of others' },
  ],
  measure: async (context) => {
    for (const { title, outputBytes } of SIZES) {
      const saga = { kind: 'chain', steps: STEPS, outputBytes, handlerMs: 0 } as const
      const figures = await measureLoad({ saga, inFlight: IN_FLIGHT, workers: 0 }, context)
      const { seconds, latencyMs } = figures
      // Few large sagas end in a window: their steps are the finer measure.
      const sagas = figures.steps / STEPS
      context.onRow({
        size: title,
        rate: sagas / seconds,
        megabytes: (figures.steps * outputBytes) / seconds / 1e6,
        p50: latencyMs.p50,
        p99: latencyMs.p99,
        nodeCpuMs: figures.nodeCpuMs / sagas,
        storeCpuMs: figures.storeCpuMs / sagas,
        walKb: figures.postgres.walBytes / 1e3,
        rssMb: figures.clientRssMb,
        complaints: figures.complaints,
        others: figures.strangerCores,
      })
    }
  },
}
