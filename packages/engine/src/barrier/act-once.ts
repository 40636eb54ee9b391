import { checkPayload } from '../core/payload.ts'
import { reject, type Rejection } from '../definition/rejection.ts'
import type { BarrierActionContext } from './barrier-context.ts'
import type { BarrierActionResult } from './barrier-result.ts'
import { effectKey, type EffectKey, type Effects } from './effects.ts'
import { enterAction } from './enter-action.ts'
import { storeOutput } from './store-output.ts'

/** Runs `fn` if this is the first call of the action (B2), else gives what the first one returned. */
export async function actOnce<Output>(
  effects: Effects,
  context: BarrierActionContext,
  fn: () => Output | Promise<Output>,
): Promise<BarrierActionResult<Output>> {
  const key = effectKey(context)
  const found = await enterAction(effects, key)
  switch (found.state) {
    case 'none':
      return { status: 'done', output: await keep(effects, key, await fn()) }
    case 'done':
      return { status: 'repeated', output: parseOutput(found.output) }
    case 'undone':
      throw refusal(context, 'was undone before this call')
    case 'barred':
      throw refusal(context, 'was to be undone before it had been called') // B4
  }
}

/** Stores an output and gives it back as a repeated call will get it. */
async function keep<Output>(effects: Effects, key: EffectKey, output: Output): Promise<Output> {
  if (output === undefined) return output
  const { json } = checkPayload(output, `The output of "${key[2]}" for its barrier`)
  await storeOutput(effects, key, json)
  return parseOutput(json)
}

/** SQL's null stands for nothing, JSON's null for null. The type is that of the same `fn`, an earlier version perhaps. */
function parseOutput(json: string | null) {
  return json === null ? undefined : JSON.parse(json)
}

function refusal({ step, round }: BarrierActionContext, why: string): Rejection {
  return reject(
    'undone',
    `The action of "${step}" in round ${round} ${why}: it has no effect here.`,
  )
}
