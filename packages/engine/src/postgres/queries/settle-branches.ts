import { sql, type RawBuilder } from 'kysely'
import type { NewTask, SettleBranches, TaskChange } from '../../ports/saga-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'
import type { AppendRow } from './append-plain.ts'

/*
 * The parts of `appendWithTasks` that a saga with several branches needs, and that are in its text only where a batch has
 * one: everybody else would pay for them.
 *
 * I1. Each task of a saga is changed by one of these parts at most: what becomes of it when two change it in one statement
 *     is open. A branch that is named is in `g` once; all others may be woken.
 * I2. A task that goes and comes again is updated: an insert does not see what the same statement deletes.
 * I3. Nothing here compares two lists of branches row by row: they may be long. What is looked for in a list is hashed, which
 *     Postgres does with `in` where it stands in no condition by itself, or is negated.
 * I4. A task that is there and is not locked in `l` came after the statement began, with a journal row: then this one's
 *     number is taken, and nothing is written.
 */

/** Whether a record needs these parts. */
export function hasBranches({ record: { task } }: AppendRow): boolean {
  return task.type === 'settle' || (task.type === 'create' && task.next.length !== 1)
}

/** How a change of tasks is called in the statement. */
export function changeName(task: TaskChange): string {
  switch (task.type) {
    case 'settle':
      return task.wake ? 'settle and wake' : 'settle'
    case 'create':
      return task.next.length === 1 ? 'create' : 'create all'
    case 'keep':
    case 'replace':
    case 'remove':
    case 'none':
    case 'drop':
      return task.type
  }
}

/** The branches that the changes of a batch name, and what becomes of each. */
export function givenBranches(rows: readonly AppendRow[]): RawBuilder<unknown> {
  const named = rows.flatMap(({ record: { sagaId, task } }) =>
    namedBranches(task).map((branch) => Object.assign(branch, { sagaId })),
  )
  return sql`,
    g as materialized (
      select *
      from unnest(
        ${named.map(({ sagaId }) => sagaId)}::uuid[],
        ${named.map(({ branch }) => branch)}::text[],
        ${named.map(({ claimId }) => claimId)}::uuid[],
        ${named.map(({ fate }) => fate)}::text[],
        ${named.map(({ next }) => next?.queue ?? null)}::text[],
        ${named.map(({ next }) => next?.nonce ?? null)}::text[],
        ${named.map(({ next }) => next?.delayMs ?? null)}::float8[],
        ${named.map(({ next }) => next?.dispatchGraceMs ?? null)}::float8[]
      ) as g (saga_id, branch, claim_id, fate, queue, nonce, delay_ms, grace_ms)
    ),
    -- The sagas of which all the claims that are named stand.
    held as materialized (
      select l.saga_id
      from l
      where l.claim_id is not null
      group by l.saga_id
      having count(*) filter (
        where (l.saga_id, l.branch, l.claim_id) in (
          select g.saga_id, g.branch, g.claim_id from g where g.claim_id is not null
        )
      ) = (select count(g.claim_id) from g where g.saga_id = l.saga_id)
    )`
}

interface NamedBranch {
  readonly branch: string
  /** Null where nobody's claim has to stand. */
  readonly claimId: string | null
  /** Whether the task goes, comes, or does both. */
  readonly fate: 'goes' | 'comes' | 'comes again'
  readonly next: NewTask | null
}

function namedBranches(task: TaskChange): readonly NamedBranch[] {
  if (task.type === 'settle') return settledBranches(task)
  if (task.type !== 'create' || task.next.length === 1) return []
  return task.next.map((next) => ({ branch: next.branch, claimId: null, fate: 'comes', next }))
}

/** Each branch once (I1), but for one of which two tasks are to be made: that is refused by the table's key. */
function settledBranches({ claims, dropped, next }: SettleBranches): readonly NamedBranch[] {
  const going = new Map<string, string | null>(dropped.map((branch) => [branch, null]))
  for (const { branch, claimId } of claims) going.set(branch, claimId)
  const coming = new Set(next.map(({ branch }) => branch))
  const gone = [...going].filter(([branch]) => !coming.has(branch))
  return [
    ...gone.map(([branch, claimId]) => ({ branch, claimId, fate: 'goes', next: null }) as const),
    ...next.map((task) => {
      const { branch } = task
      const fate = going.has(branch) ? 'comes again' : 'comes'
      return { branch, claimId: going.get(branch) ?? null, fate, next: task } as const
    }),
  ]
}

/** When a settlement's word about the tasks holds. */
export const standingSettlement: RawBuilder<unknown> = sql`
        when 'settle' then u.saga_id in (select held.saga_id from held)
        when 'settle and wake' then u.saga_id in (select held.saga_id from held)`

/** What becomes of the tasks of sagas whose rows were really written. */
export function changeBranches(executor: SqlExecutor): RawBuilder<unknown> {
  const tasks = table(executor, 'saga_tasks')
  return sql`,
    b as materialized (
      select w.seq, w.at, g.*,
        -- I3, I4.
        (g.saga_id, g.branch) in (select l.saga_id, l.branch from l) as is_there
      from w join g on g.saga_id = w.saga_id
    ),
    gone as (
      delete from ${tasks} t
      using b
      where b.fate = 'goes' and t.saga_id = b.saga_id and t.branch = b.branch
    ),
    come as (
      insert into ${tasks} (saga_id, branch, queue, nonce, run_at, due_at, at_seq)
      select
        b.saga_id, b.branch, b.queue, b.nonce,
        b.at + b.delay_ms * interval '1 ms',
        b.at + (b.delay_ms + b.grace_ms) * interval '1 ms',
        b.seq
      from b
      where b.fate = 'comes' or (b.fate = 'comes again' and not b.is_there)
    ),
    -- I2.
    come_again as (
      update ${tasks} t
      set queue = b.queue, nonce = b.nonce, claim_id = null, lease_until = null,
        deliveries = 0, dispatches = 0, wake = 0, at_seq = b.seq,
        run_at = b.at + b.delay_ms * interval '1 ms',
        due_at = b.at + (b.delay_ms + b.grace_ms) * interval '1 ms'
      from b
      where b.fate = 'comes again' and t.saga_id = b.saga_id and t.branch = b.branch
    ),
    others as materialized (
      select w.seq, w.at, l.saga_id, l.branch
      from w join l on l.saga_id = w.saga_id
      where w.change = 'settle and wake'
        -- I1.
        and (l.saga_id, l.branch) not in (select g.saga_id, g.branch from g)
    ),
    woken as (
      update ${tasks} t
      set wake = t.wake + 1, at_seq = o.seq, run_at = least(t.run_at, o.at),
        due_at = case when t.claim_id is null then o.at else t.due_at end
      from others o
      where t.saga_id = o.saga_id and t.branch = o.branch
    )`
}
