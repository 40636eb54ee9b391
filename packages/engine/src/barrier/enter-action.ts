import {
  readState,
  runOnEffects,
  type EffectKey,
  type Effects,
  type FoundEffect,
} from './effects.ts'
import { effectsTable } from './effects-table.ts'

/**
 * Takes the effect's row, or finds what another transaction has left there. While another one has it, this waits for that
 * one's end: in READ COMMITTED it then sees what came of it, in anything stricter Postgres fails the transaction.
 */
export async function enterAction(effects: Effects, key: EffectKey): Promise<FoundEffect> {
  // The update is there to wait, to lock, and to get at the row in one statement.
  const row = await runOnEffects(effects, {
    text: `
      insert into ${effectsTable(effects.schema)} as effect (saga_id, branch, step, round, state)
      values ($1::uuid, $2::text, $3::text, $4::integer, 'done')
      on conflict (saga_id, branch, step, round) do update set calls = effect.calls + 1
      returning case when calls > 1 then state else 'none' end as state, output::text as output`,
    values: key,
  })
  return { state: readState(row), output: row?.['output'] ?? null }
}
