import {
  readState,
  runOnEffects,
  type EffectKey,
  type Effects,
  type FoundEffect,
} from './effects.ts'
import { effectsTable } from './effects-table.ts'

/**
 * Marks the effect as undone where it stands, and as barred where it never was; finds what was there before. Waits for
 * another transaction that has the row as `enterAction` does.
 */
export async function enterCompensation(effects: Effects, key: EffectKey): Promise<FoundEffect> {
  const row = await runOnEffects(effects, {
    text: `
      insert into ${effectsTable(effects.schema)} as effect (saga_id, branch, step, round, state)
      values ($1::uuid, $2::text, $3::text, $4::integer, 'barred')
      on conflict (saga_id, branch, step, round)
      do update set state = 'undone', changed_at = now() where effect.state = 'done'
      returning case when state = 'undone' then 'done' else 'none' end as state, output::text as output`,
    values: key,
  })
  if (row === undefined) return findSettled(effects, key)
  return { state: readState(row), output: row['output'] ?? null }
}

/** The row that could not be turned: the statement before has locked it all the same, so it stays what it is. */
async function findSettled(effects: Effects, key: EffectKey): Promise<FoundEffect> {
  const row = await runOnEffects(effects, {
    text: `
      select state from ${effectsTable(effects.schema)}
      where saga_id = $1::uuid and branch = $2::text and step = $3::text and round = $4::integer`,
    values: key,
  })
  return { state: readState(row), output: null }
}
