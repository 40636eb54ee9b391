import type { PoolClient } from 'pg'
import { z } from 'zod'

import type { SentStatement } from './plans-recording.ts'

/** A node of a plan as Postgres tells it, as far as it matters here. */
export type PlanNode = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string | undefined
  readonly 'Index Name'?: string | undefined
  readonly 'Index Cond'?: string | undefined
  readonly Filter?: string | undefined
  readonly 'Plan Rows': number
  readonly 'Actual Loops'?: number | undefined
  readonly Plans?: readonly PlanNode[] | undefined
}

const planNode: z.ZodType<PlanNode> = z.lazy(() =>
  z.object({
    'Node Type': z.string(),
    'Relation Name': z.string().optional(),
    'Index Name': z.string().optional(),
    'Index Cond': z.string().optional(),
    Filter: z.string().optional(),
    'Plan Rows': z.number(),
    'Actual Loops': z.number().optional(),
    Plans: z.array(planNode).optional(),
  }),
)

const explained = z.array(z.object({ 'QUERY PLAN': z.array(z.object({ Plan: planNode })) }))

/** Reads the answer to `explain (format json)`. */
export const planOf = (rows: readonly unknown[]): PlanNode => {
  const plan = explained.parse(rows)[0]?.['QUERY PLAN'][0]?.Plan
  if (plan === undefined) throw new Error('There is no plan.')
  return plan
}

/** The plan of a statement that is planned without a look at its parameters, as one that is sent often is. */
export const genericPlan = async (
  client: PoolClient,
  { text }: SentStatement,
): Promise<PlanNode> => {
  const numbers = [...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number))
  const nulls = Array.from({ length: Math.max(0, ...numbers) }, () => 'null').join(', ')
  await client.query('set plan_cache_mode = force_generic_plan')
  await client.query(`prepare planned as ${text}`)
  const { rows } = await client.query(
    `explain (format json) execute planned${nulls === '' ? '' : `(${nulls})`}`,
  )
  await client.query('deallocate planned')
  return planOf(rows)
}

/** The plan of a statement for the parameters that it was sent with. */
export const planFor = async (
  client: PoolClient,
  { text, values }: SentStatement,
): Promise<PlanNode> => {
  const { rows } = await client.query(`explain (format json) ${text}`, [...values])
  return planOf(rows)
}

/** The first column of each of our indexes, by the index's name. */
export const leadingColumns = async (client: PoolClient): Promise<ReadonlyMap<string, string>> => {
  const { rows } = await client.query<{ readonly name: string; readonly column: string }>(`
    select i.indexrelid::regclass::text as name, a.attname as column
    from pg_index i
    join pg_class c on c.oid = i.indrelid
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where c.relnamespace = 'backstep'::regnamespace`)
  return new Map(rows.map(({ name, column }) => [name.replace('backstep.', ''), column]))
}

/** More rows than any statement needs at once, and far fewer than the tables have. */
const MANY = 10_000

const GATHERS = new Set([
  'Sort',
  'Incremental Sort',
  'Hash',
  'Aggregate',
  'Materialize',
  'WindowAgg',
])

/**
 * What a plan does that grows with the tables; nothing for one that only looks things up. A scan of an index is a look-up
 * when it knows the first column. One without is a walk: good enough where it passes nothing over and a limit ends it.
 */
export const problemsOf = (
  plan: PlanNode,
  leading: ReadonlyMap<string, string>,
  endsEarly = false,
): readonly string[] => {
  const { 'Node Type': type, 'Plan Rows': rows, Plans: inner = [] } = plan
  const gathers = GATHERS.has(type)
  const own =
    gathers && rows > MANY ? [`${type} of ${rows} rows`] : scanProblems(plan, leading, endsEarly)
  // What has to gather everything first is not ended by a limit above it.
  const early = type === 'Limit' || (endsEarly && !gathers)
  return [...own, ...inner.flatMap((one) => problemsOf(one, leading, early))]
}

const scanProblems = (
  plan: PlanNode,
  leading: ReadonlyMap<string, string>,
  endsEarly: boolean,
): readonly string[] => {
  const { 'Node Type': type, 'Relation Name': relation = '', 'Index Name': index = '' } = plan
  if (type === 'Seq Scan')
    return /^(saga|archived_)/.test(relation) ? [`${type} on ${relation}`] : []
  const column = leading.get(index)
  if (column === undefined || (endsEarly && plan.Filter === undefined)) return []
  const knows = new RegExp(`\\b${column}\\b`).test(plan['Index Cond'] ?? '')
  return knows ? [] : [`${type} of all of ${index}`]
}
