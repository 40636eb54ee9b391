import { performance } from 'node:perf_hooks'

import {
  createBackstep,
  defineSaga,
  reject,
  startWorker,
  type Backstep,
  type SagaDefinition,
} from '@backstep/engine'
import { migrate } from '@backstep/engine/postgres'
import { z } from 'zod'

import { treeCpuMs } from '../harness/cpu-time.ts'
import { LostAppends } from './lost-appends.ts'
import type { Profile, ProfileContext, ProfileRow } from './profile.ts'
import type { Scene } from './stage.ts'

const BRANCHES = [1, 4, 16, 64, 256]
const ITEMS = [100, 1_000, 10_000]
const MOST_AT_ONCE = 256
const TIMEOUT = '5m'

/** One list of items, a branch for each; the step behind it rejects where the way back is to be measured. */
interface Input {
  readonly items: number
  readonly turnsBack: boolean
}

const fanOut = (concurrency: number): SagaDefinition<Input, null> =>
  defineSaga({
    name: `fan-out-${concurrency}`,
    version: 1,
    input: z.object({ items: z.number(), turnsBack: z.boolean() }),
  })
    .forEach(
      'each',
      ({ input }) => Array.from({ length: input.items }, (_, index) => index),
      (each) =>
        each.step('work', {
          action: ({ item }) => ({ item, text: 'x'.repeat(80) }),
          compensation: () => {},
        }),
      { concurrency },
    )
    .step('check', {
      action: ({ input }) => {
        if (input.turnsBack) throw reject('no', 'This saga is to turn back.')
      },
      compensation: 'none',
      reason: 'read-only',
    })

const columns = [
  { key: 'workers', title: 'workers' },
  { key: 'direction', title: 'direction' },
  { key: 'seconds', title: 's for the saga' },
  { key: 'ms', title: 'ms per branch' },
  { key: 'rows', title: 'journal rows' },
  { key: 'lost', title: 'races lost' },
  { key: 'nodeCpuMs', title: 'CPU ms per branch, Node' },
  { key: 'storeCpuMs', title: 'CPU ms per branch, servers' },
] as const

const reading =
  'Branches that end together share a journal row, and a race that is lost costs a statement and a read: neither the time nor the CPU of a branch may grow with their number. One saga at a time; each line is the median run of five, of lists of 10,000 one run.'

/** One saga whose branches are all at work at once. */
export const branches: Profile = {
  name: 'branches',
  title: 'Branches of one saga',
  what: 'A forEach of one step, all items at once, in both directions; with one worker, and with two that share the branches.',
  settings: `forEach concurrency ${MOST_AT_ONCE}; two workers are two engines with connections of their own in one process.`,
  reading,
  columns: [{ key: 'branches', title: 'branches' }, ...columns],
  measure: async (context) => {
    for (const workers of [1, 2]) {
      const counts = context.quick ? [4, 64] : BRANCHES
      await measureAll(context, { workers, counts, concurrency: MOST_AT_ONCE, key: 'branches' })
    }
  },
}

/** One saga that goes through a list, some items at a time. */
export const items: Profile = {
  name: 'items',
  title: 'Items of a list',
  what: 'A forEach of one step, 100 items at a time, in both directions.',
  settings: 'forEach concurrency 100; one worker.',
  reading,
  columns: [{ key: 'items', title: 'items' }, ...columns],
  measure: (context) => {
    const counts = context.quick ? [100, 1_000] : ITEMS
    return measureAll(context, { workers: 1, counts, concurrency: 100, key: 'items' })
  },
}

interface Series {
  readonly workers: number
  readonly counts: readonly number[]
  readonly concurrency: number
  readonly key: string
}

const measureAll = (context: ProfileContext, series: Series): Promise<void> =>
  context.stage.fresh(async (scene) => {
    const { databaseUrl, redisUrl } = scene
    await migrate({ databaseUrl })
    const saga = fanOut(series.concurrency)
    const engines = Array.from({ length: series.workers }, () =>
      createBackstep({ databaseUrl, redisUrl }),
    )
    const [first] = engines
    if (first === undefined) return
    const lost = new LostAppends()
    for (const backstep of engines) lost.watch(backstep)
    const workers = await Promise.all(
      engines.map((backstep) => startWorker({ backstep, sagas: [saga] })),
    )
    try {
      const one = { scene, backstep: first, saga, lost }
      await run(one, { items: 16, turnsBack: true })
      for (const count of series.counts) {
        context.signal.throwIfAborted()
        for (const turnsBack of [false, true]) {
          const runs = context.quick || count >= 10_000 ? 1 : 5
          const row = await measureOne(one, { items: count, turnsBack }, runs)
          context.onRow({ [series.key]: count, workers: series.workers, ...row })
        }
      }
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()))
      await Promise.all(engines.map((backstep) => backstep.close()))
    }
  })

interface Place {
  readonly scene: Scene
  readonly backstep: Backstep
  readonly saga: SagaDefinition<Input, null>
  readonly lost: LostAppends
}

const measureOne = async (place: Place, input: Input, runs: number): Promise<ProfileRow> => {
  const figures: Awaited<ReturnType<typeof run>>[] = []
  for (let count = 0; count < runs; count += 1) figures.push(await run(place, input))
  const [middle] = figures.toSorted((a, b) => a.seconds - b.seconds).slice(Math.floor(runs / 2))
  if (middle === undefined) throw new Error('There was no run.')
  const direction = input.turnsBack ? 'there and back' : 'forward'
  return { direction, ...middle, ms: (middle.seconds * 1_000) / input.items }
}

const run = async ({ scene, backstep, saga, lost }: Place, input: Input) => {
  const lostBefore = lost.count
  const [storeBefore, nodeBefore] = [treeCpuMs(scene.serverPids), process.cpuUsage()]
  const startedAt = performance.now()
  const started = await backstep.start(saga, { input })
  const { status } = await started.result({ timeout: TIMEOUT })
  const seconds = (performance.now() - startedAt) / 1_000
  const node = process.cpuUsage(nodeBefore)
  const storeCpuMs = (treeCpuMs(scene.serverPids) - storeBefore) / input.items
  const expected = input.turnsBack ? 'compensated' : 'completed'
  if (status !== expected) throw new Error(`The saga ended ${status}, not ${expected}.`)
  const { journal } = await backstep.describe(started.sagaId)
  return {
    seconds,
    rows: journal.length,
    lost: lost.count - lostBefore,
    nodeCpuMs: (node.user + node.system) / 1_000 / input.items,
    storeCpuMs,
  }
}
