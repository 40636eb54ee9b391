import type { PoolClient } from 'pg'

import type { SentStatement } from './plans-recording.ts'
import { planOf, type PlanNode } from './plans-reading.ts'
import { SHARDS } from './shards-database.ts'

/** Runs a statement, takes it back, and tells which partitions it has looked into: by their numbers, without repeats. */
export const touchedShards = async (
  client: PoolClient,
  { text, values }: SentStatement,
): Promise<readonly number[]> => {
  await client.query('begin')
  const { rows } = await client.query(`explain (analyze, format json) ${text}`, [...values])
  await client.query('rollback')
  return [...new Set(shardsIn(planOf(rows)))].toSorted((a, b) => a - b)
}

const shardsIn = (plan: PlanNode): readonly number[] => {
  const shard = /^(?:sagas|saga_journal|saga_tasks)_(\d)$/.exec(plan['Relation Name'] ?? '')?.[1]
  // What was planned and never begun has looked at nothing.
  const own = shard !== undefined && (plan['Actual Loops'] ?? 0) > 0 ? [Number(shard)] : []
  return [...own, ...(plan.Plans ?? []).flatMap((inner) => shardsIn(inner))]
}

/** The ids of sagas among the values of a statement: they are version 7, all other ids are version 4. */
export const sagaIdsIn = ({ values }: SentStatement): readonly string[] => {
  const texts = values.flat().filter((value) => typeof value === 'string')
  // An id by itself, or the items of a list as Postgres writes it: what needs no quotes has none there.
  const items = texts.flatMap((text) =>
    Array.from(text.matchAll(/[{,]([^"\\{},]*)(?=[,}])/g), itemOf),
  )
  return [...new Set([...texts, ...items])].filter((id) =>
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(id),
  )
}

const itemOf = ([, item = '']: RegExpExecArray): string => item

/** The partitions that these sagas belong to. */
export const shardsOf = async (
  client: PoolClient,
  sagaIds: readonly string[],
): Promise<readonly number[]> => {
  const { rows } = await client.query<{ readonly shard: number }>(
    `select distinct shard
    from unnest($1::uuid[]) id, generate_series(0, ${SHARDS - 1}) shard
    where satisfies_hash_partition('backstep.sagas'::regclass, ${SHARDS}, shard, id)
    order by shard`,
    [sagaIds],
  )
  return rows.map(({ shard }) => shard)
}
