import type { SagaRow } from '@backstep/engine'
import type { Effect } from './ledger.ts'

const compensatable = ['reserve', 'book']
const forward = ['charge', 'ship']

/** What the ledger has against a saga's end; nothing when it is right. */
export function verdict(saga: SagaRow, effects: readonly Effect[]): readonly string[] {
  const own = effects.filter((effect) => effect.saga === saga.sagaId)
  const net = (step: string): number =>
    own
      .filter((effect) => effect.step === step)
      .reduce((sum, { direction }) => sum + (direction === 'action' ? 1 : -1), 0)
  const expected = saga.status === 'completed' ? 1 : 0
  const wrong = [...compensatable, ...forward]
    .filter((step) => net(step) !== expected)
    .map((step) => `${saga.sagaId} is ${saga.status} and "${step}" has net effect ${net(step)}`)
  const twice = [...compensatable, ...forward].flatMap((step) =>
    own.filter((effect) => effect.step === step && effect.direction === 'action').length > 1
      ? [`${saga.sagaId} did "${step}" twice`]
      : [],
  )
  return [...wrong, ...twice, ...disorder(saga, own)]
}

/** Undos must come in the reverse of the order in which the actions took effect. */
function disorder(saga: SagaRow, own: readonly Effect[]): readonly string[] {
  const order = (direction: Effect['direction']): readonly string[] =>
    own.filter((effect) => effect.direction === direction).map(({ step }) => step)
  const undone = order('compensation')
  const done = order('action').filter((step) => undone.includes(step))
  const reversed = done.toReversed()
  return reversed.join() === undone.join()
    ? []
    : [`${saga.sagaId} undid ${undone.join()} after ${done.join()}`]
}
