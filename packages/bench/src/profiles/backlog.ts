import { Client } from 'pg'

import { postgresCost } from '../harness/postgres-cost.ts'
import { CONCURRENCY, countComplaints } from './measure-load.ts'
import type { Profile, ProfileRow } from './profile.ts'
import { QueueView } from './queue-view.ts'
import type { Scene } from './stage.ts'

/** Starts under way at once: more would only wait in the client. */
export const BURST_WIDTH = 2_000

/** A backlog that is built up at once and then worked off. */
export const backlog: Profile = {
  name: 'backlog',
  title: 'Backlog',
  what: 'A process without a worker starts order sagas as fast as it can. When all are started, a worker process works them off.',
  settings: `${BURST_WIDTH.toLocaleString('en-US')} starts under way at once; concurrency ${CONCURRENCY}.`,
  reading:
    'The live heap must be the same for ten times the backlog; peak RSS has the garbage in it that V8 has not collected yet, and levels off. A saga is overtaken when others that were started later end first: the share of the backlog that overtook the unluckiest saga is the measure of starvation, and 0 % is oldest first to the last.',
  columns: [
    { key: 'sagas', title: 'sagas' },
    { key: 'startRate', title: 'started/s' },
    { key: 'startP99', title: 'start p99 ms' },
    { key: 'clientRssMb', title: 'peak RSS MB, client' },
    { key: 'clientHeapMb', title: 'live heap MB, client' },
    { key: 'drainRate', title: 'worked off/s' },
    { key: 'workerRssMb', title: 'peak RSS MB, worker' },
    { key: 'longestWait', title: 'longest wait s' },
    { key: 'allSeconds', title: 'first start to last end s' },
    { key: 'overtakenP99', title: 'overtaken by, p99 %' },
    { key: 'overtakenMost', title: 'overtaken by, most %' },
    { key: 'commits', title: 'commits per saga' },
    { key: 'updates', title: 'updates per saga' },
    { key: 'staleJobs', title: 'jobs left' },
    { key: 'complaints', title: 'warnings' },
  ],
  measure: async ({ stage, quick, onRow }) => {
    for (const sagas of quick ? [1_000, 5_000] : [10_000, 100_000]) {
      onRow(await stage.fresh((scene) => buildUpAndDrain(sagas, scene)))
    }
  },
}

const buildUpAndDrain = async (sagas: number, scene: Scene): Promise<ProfileRow> => {
  const before = await scene.counters()
  const saga = { kind: 'order' } as const
  const client = await scene.start({ saga, worker: null })
  const started = await client.ask('burst', { sagas, width: BURST_WIDTH })
  const worker = await scene.start({ saga, worker: { concurrency: CONCURRENCY } })
  const { seconds } = await worker.ask('untilSettled', { sagas })
  const staleJobs = await new QueueView(scene.redisUrl).waiting()
  const complaints = await countComplaints([client, worker])
  const memory = { clientRssMb: client.peakRssMb, workerRssMb: worker.peakRssMb }
  const { megabytes } = await client.ask('liveHeap', null)
  await client.stop()
  await worker.stop()
  const cost = postgresCost(before.postgres, (await scene.counters()).postgres, sagas)
  return {
    sagas,
    startRate: sagas / started.seconds,
    startP99: started.latencyMs.p99,
    drainRate: sagas / seconds,
    ...memory,
    clientHeapMb: megabytes,
    ...(await order(scene.databaseUrl)),
    commits: cost?.commits ?? null,
    updates: cost?.updated ?? null,
    staleJobs,
    complaints,
  }
}

/** In which order sagas ended that were started one after the other. */
const order = async (databaseUrl: string): Promise<ProfileRow> => {
  const database = new Client({ connectionString: databaseUrl })
  await database.connect()
  try {
    const { rows } = await database.query<ProfileRow>(
      `with ranked as (
         select started_at, changed_at,
           rank() over (order by changed_at) - row_number() over (order by started_at, id) as late,
           count(*) over () as n
         from backstep.sagas
       )
       select
         max(extract(epoch from changed_at - started_at))::float8 as "longestWait",
         extract(epoch from max(changed_at) - min(started_at))::float8 as "allSeconds",
         (100 * percentile_disc(0.99) within group (order by greatest(late, 0)::float8 / n))::float8
           as "overtakenP99",
         (100 * max(greatest(late, 0)::float8 / n))::float8 as "overtakenMost"
       from ranked`,
    )
    return rows[0] ?? {}
  } finally {
    await database.end()
  }
}
