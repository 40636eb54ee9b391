import type { Pool } from 'pg'

import type { JournalEntry } from '../../../packages/engine/src/core/event.ts'
import { fold } from '../../../packages/engine/src/core/fold.ts'
import type { Plan } from '../../../packages/engine/src/core/plan.ts'
import type { SagaState } from '../../../packages/engine/src/core/state.ts'

interface SeenSaga {
  readonly id: string
  readonly plan: Plan
  readonly row: unknown
  readonly entries: readonly JournalEntry[]
  readonly tasks: number
  readonly ahead: number
}

/** Everything about all sagas as of one moment: it is one statement. */
const everything = `
  select s.id, d.plan,
    jsonb_build_object(
      'status', s.status, 'stuckCode', s.stuck_code, 'stuckStep', s.stuck_step,
      'failure', s.failure, 'output', s.output
    ) as row,
    (
      select json_agg(json_build_object(
        'seq', j.seq, 'at', extract(epoch from j.at) * 1000, 'events', j.events
      ) order by j.seq)
      from backstep.saga_journal j where j.saga_id = s.id
    ) as entries,
    (select count(*)::int4 from backstep.saga_tasks t where t.saga_id = s.id) as tasks,
    (
      select count(*)::int4 from backstep.saga_tasks t
      where t.saga_id = s.id
        and t.at_seq > (select max(j.seq) from backstep.saga_journal j where j.saga_id = s.id)
    ) as ahead
  from backstep.sagas s
  join backstep.saga_definitions d on d.name = s.definition_name and d.version = s.definition_version`

/** What one moment's tables have against each other: a row that its journal does not fold to, a gap, a task too many or too few. */
export async function contradictions(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<SeenSaga>(everything)
  return rows.flatMap((seen) => contradictionsOf(seen))
}

function contradictionsOf({ id, plan, row, entries, tasks, ahead }: SeenSaga): readonly string[] {
  const state = fold(plan, id, entries)
  const told = JSON.stringify(rowOf(state), orderOf(rowOf(state)))
  const stored = JSON.stringify(row, orderOf(row))
  const alive = state.status === 'running' || state.status === 'compensating'
  return [
    ...(told === stored ? [] : [`${id}: the row is ${stored}, the journal tells ${told}`]),
    ...(entries.every(({ seq }, index) => seq === index + 1) ? [] : [`${id}: a gap`]),
    ...(tasks === (alive ? 1 : 0) ? [] : [`${id}: ${state.status} with ${tasks} tasks`]),
    ...(ahead === 0 ? [] : [`${id}: a task is ahead of its journal`]),
    ...verdictsAfterLoss(entries).map((type) => `${id}: ${type} of a lost claim`),
  ]
}

function rowOf(state: SagaState): object {
  const stuck = state.status === 'stuck' ? state.stuck : null
  const stopped = stuck === null ? null : { ...stuck.failure, step: stuck.step }
  return {
    status: state.status,
    stuckCode: stuck?.code ?? null,
    stuckStep: stuck?.step ?? null,
    failure: state.failure ?? stopped,
    output: state.status === 'completed' ? state.output : null,
  }
}

/** Every key that is in there, sorted: the same value then has the same text. */
function orderOf(value: unknown): string[] {
  const keys = new Set<string>()
  JSON.stringify(value, (key, inner: unknown) => {
    keys.add(key)
    return inner
  })
  return [...keys].toSorted()
}

/** A start is in the journal under its claim's name: none may follow the loss of that claim. */
function verdictsAfterLoss(entries: readonly JournalEntry[]): readonly string[] {
  const lost = new Set<string>()
  const late: string[] = []
  for (const event of entries.flatMap(({ events }) => events)) {
    if (event.type === 'lease_lost') lost.add(event.claimId)
    if (event.type === 'action_starting' && lost.has(event.claimId)) late.push(event.type)
  }
  return late
}
