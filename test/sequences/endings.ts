import { reject } from '../../packages/engine/src/definition/rejection.ts'
import type { Ledger } from './ledger.ts'
import type { Fate } from './process-store.ts'
import type { Cause, Verdict } from './saga-model.ts'
import type { Call, HandTurn } from './stage.ts'
import type { World } from './world.ts'

/** How a handler is to end. */
export interface Ending {
  readonly verdict: Verdict
  /** Of a failure: whether what was asked for has happened all the same. */
  readonly hasEffect: boolean
  readonly fate: Fate
  /** Told what comes of it. */
  readonly tell: (text: string) => void
}

/** Has a handler end, and its worker with it if that is its fate. */
export async function endHandler(world: World, turn: HandTurn, ending: Ending): Promise<void> {
  const { scene, worker } = turn
  if (scene === null) throw new Error('The handler is gone.')
  const { fate } = ending
  const { call } = scene
  const who = world.worker(worker)
  const verdict = answer(world.ledger, call, ending)
  if (fate !== 'lives') who.dies(fate)
  const how = ending.verdict === verdict ? verdict : `${verdict} (not ${ending.verdict})`
  const effect = ending.hasEffect && verdict === 'failure' ? ', with its effect' : ''
  const rest = fate === 'lives' ? '' : `, and ${worker} ${fate}`
  ending.tell(`${call.kind} of ${call.step} at ${worker}: ${how}${effect}${rest}`)
  const causes = judged(world, turn, { verdict, fate })
  await world.does(
    async () => scene.end(() => spoken(verdict, call.step)),
    () => causes,
  )
  if (fate !== 'lives') world.bury(worker)
}

const none: ReadonlyMap<string, Cause> = new Map()

/** A participant answers, or does not: and is honest about it. */
function answer(ledger: Ledger, call: Call, ending: Ending): Verdict {
  const { verdict, hasEffect } = ending
  if (call.kind === 'action') return acted(ledger, call, ending)
  if (verdict === 'success' || hasEffect) ledger.undo(call.actionIdempotencyKey ?? '')
  return verdict === 'success' ? 'success' : 'failure'
}

function acted(ledger: Ledger, call: Call, { verdict, hasEffect }: Ending): Verdict {
  const { idempotencyKey } = call
  switch (verdict) {
    case 'rejection':
      return ledger.isApplied(idempotencyKey) ? 'success' : 'rejection'
    case 'failure':
      if (hasEffect) ledger.apply(idempotencyKey, call)
      return 'failure'
    case 'success':
      return ledger.apply(idempotencyKey, call) ? 'success' : 'failure'
  }
}

function spoken(verdict: Verdict, step: string): unknown {
  if (verdict === 'rejection') throw reject('denied', `"${step}" was denied.`)
  if (verdict === 'failure') throw new Error(`"${step}" gave no answer.`)
  return { step }
}

/** What the end of a handler means to the model, told before it is written. */
function judged(
  world: World,
  turn: HandTurn,
  said: { readonly verdict: Verdict; readonly fate: Fate },
) {
  const { verdict, fate } = said
  const call = turn.scene?.call
  const model = world.models.find((known) => known?.sagaId === turn.sagaId)
  if (call === undefined || model === null || model === undefined) return none
  if (!world.holds(turn)) {
    model.endedLate()
    return new Map<string, Cause>([[turn.sagaId, { type: 'late', verdict }]])
  }
  if (fate === 'dies before the append') return none
  model.ended(call, verdict)
  return new Map<string, Cause>([[turn.sagaId, { type: 'verdict', call, verdict }]])
}
