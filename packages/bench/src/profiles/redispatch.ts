import { Client } from 'pg'

import { CpuWatch } from '../harness/cpu-watch.ts'
import { treeCpuMs } from '../harness/cpu-time.ts'
import { postgresCost } from '../harness/postgres-cost.ts'
import { BURST_WIDTH } from './backlog.ts'
import { CONCURRENCY, countComplaints } from './measure-load.ts'
import type { Profile, ProfileContext, ProfileRow } from './profile.ts'
import { QueueView } from './queue-view.ts'
import type { Scene } from './stage.ts'

/** The default twice, first and last: how far the two lie apart is the noise. */
const GRACES = [
  { title: '2s (default)', grace: '2s' },
  { title: '200ms', grace: '200ms' },
  { title: 'without end', grace: '24h' },
  { title: '2s (default), again', grace: '2s' },
] as const

const SAGA = { kind: 'order' } as const
const COPY = 1

/** A burst that waits for longer than the dispatch grace. */
export const redispatch: Profile = {
  name: 'redispatch',
  title: 'Redispatch after a burst',
  what: 'One process starts a burst of order sagas, with all of their jobs in the queue. Then a worker process works off copies of that state, tables and queue alike, in which the tasks become overdue after different graces.',
  settings: `Concurrency ${CONCURRENCY}. A new task’s grace is written to the copy’s \`due_at\` as if its saga had been started just before; the worker’s \`dispatchGrace\` is set to the same.`,
  reading:
    'The rate must be the same for every grace within the noise, which is the distance between the two runs of the default; no job is added, because a sweep takes what is overdue straight from Postgres and only into free slots.',
  columns: [
    { key: 'grace', title: 'dispatch grace' },
    { key: 'sagas', title: 'sagas' },
    { key: 'burstJobs', title: 'jobs added by the burst' },
    { key: 'drainRate', title: 'worked off/s' },
    { key: 'jobsAdded', title: 'jobs added meanwhile' },
    { key: 'staleJobs', title: 'jobs left at the end' },
    { key: 'nodeCpuMs', title: 'CPU ms per saga, Node' },
    { key: 'storeCpuMs', title: 'CPU ms per saga, servers' },
    { key: 'commits', title: 'commits per saga' },
    { key: 'updates', title: 'updates per saga' },
    { key: 'redisCommands', title: 'Redis commands per saga' },
    { key: 'rssMb', title: 'peak RSS MB' },
    { key: 'complaints', title: 'warnings' },
    { key: 'others', title: 'cores of others' },
  ],
  measure: (context) => {
    const sagas = context.quick ? 5_000 : 150_000
    return context.stage.fresh(async (scene) => {
      const client = await scene.start({ saga: SAGA, worker: null })
      await client.ask('burst', { sagas, width: BURST_WIDTH })
      await client.stop()
      const burst = { sagas, scene, queue: new QueueView(scene.redisUrl) }
      for (const { title, grace } of GRACES) {
        context.onRow({ grace: title, ...(await drainCopy(burst, grace, context)) })
      }
    })
  },
}

interface Burst {
  readonly sagas: number
  readonly scene: Scene
  readonly queue: QueueView
}

type Grace = (typeof GRACES)[number]['grace']

const drainCopy = async (
  { sagas, scene, queue }: Burst,
  grace: Grace,
  { stage }: ProfileContext,
): Promise<ProfileRow> => {
  await queue.copyTo(COPY)
  const burstJobs = await queue.added()
  const { databaseUrl } = scene
  return stage.copied({ databaseUrl, redisDatabase: COPY }, async (copy) => {
    await setGrace(copy.databaseUrl, grace)
    const drained = await drain(sagas, grace, copy)
    return { sagas, burstJobs, ...drained }
  })
}

/** As if the last saga of the burst had been started right now, and the others as long before as they were. */
const setGrace = async (databaseUrl: string, grace: Grace): Promise<void> => {
  const database = new Client({ connectionString: databaseUrl })
  await database.connect()
  try {
    await database.query('vacuum analyze')
    await database.query(
      `update backstep.saga_tasks t
       set due_at = statement_timestamp() - (b.last - t.run_at) + $1::interval
       from (select max(run_at) as last from backstep.saga_tasks) b`,
      [grace],
    )
    // The tables of every copy are to be as compact as after the burst.
    await database.query('vacuum full analyze backstep.saga_tasks')
    await database.query('checkpoint')
  } finally {
    await database.end()
  }
}

const drain = async (sagas: number, grace: Grace, scene: Scene): Promise<ProfileRow> => {
  const queue = new QueueView(scene.redisUrl)
  const addedBefore = await queue.added()
  const before = await scene.counters()
  const watch = new CpuWatch(scene.serverPids)
  watch.open()
  const worker = await scene.start({
    saga: SAGA,
    worker: { concurrency: CONCURRENCY, dispatchGrace: grace },
  })
  const { seconds } = await worker.ask('untilSettled', { sagas })
  const nodeCpuMs = treeCpuMs([worker.pid])
  watch.close()
  const staleJobs = await queue.waiting()
  const jobsAdded = (await queue.added()) - addedBefore
  const complaints = await countComplaints([worker])
  const rssMb = worker.peakRssMb
  await worker.stop()
  const after = await scene.counters()
  const cost = postgresCost(before.postgres, after.postgres, sagas)
  const { storesMs, strangerCores } = watch.shares()
  return {
    drainRate: sagas / seconds,
    jobsAdded,
    staleJobs,
    nodeCpuMs: nodeCpuMs / sagas,
    storeCpuMs: storesMs / sagas,
    commits: cost?.commits ?? null,
    updates: cost?.updated ?? null,
    redisCommands: (after.redisCommands - before.redisCommands) / sagas,
    rssMb,
    complaints,
    others: strangerCores,
  }
}
