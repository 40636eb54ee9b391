import { BackstepError } from '../core/backstep-error.ts'
import type { JsonValue } from '../core/json.ts'
import type { BarrierCompensationContext } from './barrier-context.ts'
import type { BarrierCompensationResult } from './barrier-result.ts'
import { effectKey, type Effects } from './effects.ts'
import { enterCompensation } from './enter-compensation.ts'

/** Runs `fn` if the action's effect stands (B3); it is given what the action returned. */
export async function compensateOnce<Output>(
  effects: Effects,
  context: BarrierCompensationContext,
  fn: (actionOutput: JsonValue | undefined) => Output | Promise<Output>,
): Promise<BarrierCompensationResult<Output>> {
  const found = await enterCompensation(effects, effectKey(context))
  switch (found.state) {
    case 'done': {
      const actionOutput = found.output === null ? undefined : JSON.parse(found.output)
      return { status: 'done', output: await fn(actionOutput) }
    }
    case 'undone':
      return { status: 'noop', reason: 'already_undone' }
    case 'none':
    case 'barred':
      if (context.outcome === 'succeeded') throw effectMissing(context)
      return { status: 'noop', reason: 'never_ran' }
  }
}

/** To call that a noop would leave an effect behind that nobody will ever look for again. */
function effectMissing({ sagaId, step, actionRound }: BarrierCompensationContext): BackstepError {
  return new BackstepError(
    'BARRIER_EFFECT_MISSING',
    `The action of "${step}" in saga ${sagaId}, round ${actionRound}, succeeded, but its barrier has no trace of it here. Look whether it ran without a barrier, in another database or schema, or so long ago that its row was pruned; undo by hand what stands.`,
  )
}
