import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'

import { barrier, migrateBarrier } from '@backstep/engine/barrier'
import { Pool, type PoolClient } from 'pg'

import { treeCpuMs } from '../harness/cpu-time.ts'
import type { Profile, ProfileContext, ProfileRow } from './profile.ts'

const PRODUCTS = 1_000
const CONNECTIONS = [1, 8, 32]

/** One transaction of a participant, from begin to commit, on a connection of its own. */
type Transaction = (client: PoolClient) => Promise<void>

interface Arm {
  readonly title: string
  readonly run: Transaction
}

/** What a stock service does for a saga's step: an update and an insert. */
const takeGoods = async (client: PoolClient): Promise<{ readonly id: number }> => {
  const product = Math.floor(Math.random() * PRODUCTS)
  await client.query('update products set on_hand = on_hand - 1 where id = $1', [product])
  const { rows } = await client.query<{ id: number }>(
    'insert into reservations (product, quantity) values ($1, 1) returning id',
    [product],
  )
  return { id: rows[0]?.id ?? 0 }
}

const transaction =
  (work: (client: PoolClient) => Promise<unknown>): Transaction =>
  async (client) => {
    await client.query('begin')
    await work(client)
    await client.query('commit')
  }

const newAction = () =>
  ({
    sagaId: randomUUID(),
    branch: 'main',
    step: 'reserveStock',
    kind: 'action',
    round: 1,
  }) as const

const guarded = (effect: (client: PoolClient) => Promise<unknown>): Transaction =>
  transaction((client) => barrier(client, newAction(), effect))

const PLAIN: Arm = { title: 'without a barrier', run: transaction(takeGoods) }

/** The first one twice: how far the two lie apart is the noise. */
const ARMS: readonly Arm[] = [
  PLAIN,
  {
    title: 'barrier, nothing returned',
    run: guarded(async (client) => void (await takeGoods(client))),
  },
  { title: 'barrier, {"id":…} returned', run: guarded(takeGoods) },
  { title: 'without a barrier, again', run: PLAIN.run },
]

/** The cost of a barrier around a participant's transaction. */
export const barrierCost: Profile = {
  name: 'barrier',
  title: 'Barrier',
  what: 'A participant’s transactions, an update of one of 1,000 rows and an insert, in a closed loop over as many connections: as they are, and inside a barrier that returns nothing (one more statement) or a small result (two more).',
  settings:
    'Commits with fsync; the pg driver without prepared statements; all in one process of Node.',
  reading:
    'The variants take turns within each round, and each is divided by the plain transaction of its own round; the ratio is the median over the rounds, with the lowest and the highest. The last row is the plain transaction again: its ratio is the noise. CPU times depend less than rates on what else the machine does.',
  columns: [
    { key: 'connections', title: 'connections' },
    { key: 'variant', title: 'variant' },
    { key: 'rate', title: 'transactions/s' },
    { key: 'ratio', title: 'ratio' },
    { key: 'lowest', title: 'lowest' },
    { key: 'highest', title: 'highest' },
    { key: 'nodeCpuMs', title: 'CPU ms per transaction, Node' },
    { key: 'storeCpuMs', title: 'CPU ms per transaction, servers' },
  ],
  measure: async (context) => {
    for (const connections of context.quick ? [8] : CONNECTIONS) {
      for (const row of await compare(connections, context)) context.onRow(row)
    }
  },
}

/** One variant in one round. */
interface Figures {
  readonly rate: number
  readonly storeCpuMs: number
  readonly nodeCpuMs: number
}

const compare = (
  connections: number,
  { stage, quick, signal }: ProfileContext,
): Promise<readonly ProfileRow[]> =>
  stage.fresh(async ({ databaseUrl, serverPids }) => {
    await prepare(databaseUrl)
    const pool = openPool(databaseUrl, connections)
    try {
      const rounds: (readonly Figures[])[] = []
      const place = { pool, connections, serverPids, windowMs: quick ? 500 : 1_000 }
      // The first round warms up, and is not counted.
      for (let round = 0; round <= (quick ? 3 : 9); round += 1) {
        signal.throwIfAborted()
        const figures: Figures[] = []
        for (const { run } of ARMS) figures.push(await measureArm(run, place))
        if (round > 0) rounds.push(figures)
      }
      return ARMS.map((_, arm) => summary(rounds, arm, connections))
    } finally {
      await pool.end()
    }
  })

interface Place {
  readonly pool: Pool
  readonly connections: number
  readonly serverPids: readonly number[]
  readonly windowMs: number
}

const measureArm = async (
  run: Transaction,
  { pool, connections, serverPids, windowMs }: Place,
): Promise<Figures> => {
  const [storeBefore, nodeBefore] = [treeCpuMs(serverPids), process.cpuUsage()]
  const startedAt = performance.now()
  const loop = async (): Promise<number> => {
    const client = await pool.connect()
    try {
      let count = 0
      for (; performance.now() - startedAt < windowMs; count += 1) await run(client)
      return count
    } finally {
      client.release()
    }
  }
  const counts = await Promise.all(Array.from({ length: connections }, loop))
  const seconds = (performance.now() - startedAt) / 1_000
  const count = counts.reduce((sum, one) => sum + one, 0)
  const node = process.cpuUsage(nodeBefore)
  return {
    rate: count / seconds,
    storeCpuMs: (treeCpuMs(serverPids) - storeBefore) / count,
    nodeCpuMs: (node.user + node.system) / 1_000 / count,
  }
}

const summary = (
  rounds: readonly (readonly Figures[])[],
  arm: number,
  connections: number,
): ProfileRow => {
  const sorted = (read: (own: Figures, plain: Figures) => number): readonly number[] =>
    rounds
      .flatMap(({ [arm]: own, [0]: plain }) => (own && plain ? [read(own, plain)] : []))
      .toSorted((a, b) => a - b)
  const ratios = sorted((own, plain) => own.rate / plain.rate)
  return {
    connections,
    variant: ARMS[arm]?.title ?? null,
    rate: middle(sorted(({ rate }) => rate)),
    ratio: middle(ratios),
    lowest: ratios[0] ?? null,
    highest: ratios.at(-1) ?? null,
    storeCpuMs: middle(sorted(({ storeCpuMs }) => storeCpuMs)),
    nodeCpuMs: middle(sorted(({ nodeCpuMs }) => nodeCpuMs)),
  }
}

const middle = (sorted: readonly number[]): number | null =>
  sorted[Math.floor(sorted.length / 2)] ?? null

const prepare = async (databaseUrl: string): Promise<void> => {
  await migrateBarrier({ databaseUrl })
  const pool = openPool(databaseUrl, 1)
  await pool.query(
    `create table products (id integer primary key, on_hand integer not null) with (fillfactor = 50);
     create table reservations (id bigserial primary key, product integer not null, quantity integer not null);
     insert into products select n, 1000000 from generate_series(0, ${PRODUCTS - 1}) as n;
     analyze products`,
  )
  await pool.end()
}

/** The scene ends connections by force that are still closing: nobody waits for them. */
const openPool = (databaseUrl: string, max: number): Pool =>
  new Pool({ connectionString: databaseUrl, max }).on('error', () => {})
