import type { Ledger } from './ledger.ts'
import { isHarmless } from './shapes.ts'
import { isSkipped, placeOf, stepKeysIn } from './step-keys.ts'
import type { JudgedSaga } from './judged-saga.ts'

/** Completed: every effect stands once. Compensated: none does. Whatever it is, nothing is done that was not to be. */
export function effectProblems(saga: JudgedSaga): readonly string[] {
  const always = [...strangers(saga), ...doubles(saga)]
  switch (saga.state.status) {
    case 'completed':
      return [...always, ...undone(saga)]
    case 'compensated':
      return [...always, ...standing(saga)]
    case 'running':
    case 'compensating':
    case 'stuck':
    case 'partially_compensated':
    case 'abandoned':
      return always
  }
}

/** Effects of steps that the saga does not have, or has skipped. */
function strangers({ sagaId, plan, state, ledger }: JudgedSaga): readonly string[] {
  const keys = stepKeysIn(plan, state).filter((key) => !isSkipped(state, key))
  const places = new Set(keys.map((key) => placeOf(plan, sagaId, key)))
  return ledger.places
    .filter((place) => place.startsWith(`${sagaId}/`) && !places.has(place))
    .map((place) => `nobody was to do anything at ${place}`)
}

function doubles({ sagaId, ledger }: JudgedSaga): readonly string[] {
  const seen = new Set<string>()
  return ledger.effects.flatMap(({ sagaId: own, direction, place, call }) => {
    if (own !== sagaId) return []
    const effect = `${direction} of ${place}, round ${call.round}`
    if (seen.has(effect)) return [`${effect} took effect twice`]
    seen.add(effect)
    return []
  })
}

function undone({ sagaId, plan, state, ledger }: JudgedSaga): readonly string[] {
  return stepKeysIn(plan, state)
    .filter((key) => !isSkipped(state, key))
    .flatMap((key) => {
      const net = ledger.net(placeOf(plan, sagaId, key))
      return net === 1 ? [] : [`completed, and "${key}" stands ${net} times`]
    })
}

function standing({ sagaId, plan, state, ledger }: JudgedSaga): readonly string[] {
  return stepKeysIn(plan, state)
    .filter((key) => !isHarmless(plan, key))
    .map((key) => placeOf(plan, sagaId, key))
    .filter((place) => ledger.net(place) !== 0 && !isOutsidePromise(ledger, place))
    .map((place) => `compensated, and ${place} stands ${ledger.net(place)} times`)
}

/** An effect that came after its time, and whose process was never able to tell. */
function isOutsidePromise({ effects }: Ledger, place: string): boolean {
  const last = effects.findLast((effect) => effect.place === place && effect.direction === 'action')
  if (last === undefined) return false
  const { call, atMs } = last
  return atMs > call.quietMs && (call.outcome === 'cut off' || call.node.isDead)
}
