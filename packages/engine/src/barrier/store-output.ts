import { runOnEffects, type EffectKey, type Effects } from './effects.ts'
import { effectsTable } from './effects-table.ts'

/** Keeps what an action returned, for the call that repeats it. */
export async function storeOutput(effects: Effects, key: EffectKey, json: string): Promise<void> {
  await runOnEffects(effects, {
    text: `
      update ${effectsTable(effects.schema)} set output = $5::jsonb
      where saga_id = $1::uuid and branch = $2::text and step = $3::text and round = $4::integer`,
    values: [...key, json],
  })
}
