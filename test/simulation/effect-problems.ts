import { valueAt } from '../../packages/engine/src/core/key-map.ts'
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
function strangers({ sagaId, plan, state, events, ledger }: JudgedSaga): readonly string[] {
  // Behind a save-point, what one round skips another may have done.
  const wasElsewhere = events.some(({ type }) => type === 'savepoint_reached')
  const keys = stepKeysIn(plan, state).filter((key) => wasElsewhere || !isSkipped(state, key))
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

/** What its last round has done stands, unless it went another way; nothing stands of those before it. */
function undone({ sagaId, plan, state, ledger }: JudgedSaga): readonly string[] {
  return stepKeysIn(plan, state).flatMap((key) => {
    const place = placeOf(plan, sagaId, key)
    const last = isSkipped(state, key) ? null : (valueAt(state.steps, key)?.action.round ?? 1)
    const nets = new Map([
      ...(last === null ? [] : [[last, 0] as const]),
      ...ledger.netByRound(place),
    ])
    const wrong = [...nets].filter(([round, net]) => {
      if (round === last) return net !== 1
      return net !== 0 && !isHarmless(plan, key) && !isOutsidePromise(ledger, { place, round })
    })
    return wrong.map(
      ([round, net]) => `completed, and "${key}" of round ${round} stands ${net} times`,
    )
  })
}

function standing({ sagaId, plan, state, ledger }: JudgedSaga): readonly string[] {
  return stepKeysIn(plan, state)
    .filter((key) => !isHarmless(plan, key))
    .map((key) => placeOf(plan, sagaId, key))
    .flatMap((place) =>
      [...ledger.netByRound(place)].map(([round, net]) => ({ place, round, net })),
    )
    .filter(({ net, ...effect }) => net !== 0 && !isOutsidePromise(ledger, effect))
    .map(
      ({ place, round, net }) => `compensated, and ${place} of round ${round} stands ${net} times`,
    )
}

/** An effect that came after its time, and whose process was never able to tell. */
function isOutsidePromise(
  { effects }: Ledger,
  { place, round }: { readonly place: string; readonly round: number },
): boolean {
  const last = effects.findLast(
    (effect) =>
      effect.place === place && effect.direction === 'action' && effect.call.round === round,
  )
  if (last === undefined) return false
  const { call, atMs } = last
  return atMs > call.quietMs && (call.outcome === 'cut off' || call.node.isDead)
}
