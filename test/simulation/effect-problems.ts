import type { Ledger } from './ledger.ts'
import { isHarmless, stepsOf } from './shapes.ts'
import type { JudgedSaga } from './verdict.ts'

/** Completed: every effect stands once. Compensated: none does. */
export function effectProblems(saga: JudgedSaga): readonly string[] {
  switch (saga.state.status) {
    case 'completed':
      return undone(saga)
    case 'compensated':
      return standing(saga)
    case 'running':
    case 'compensating':
    case 'stuck':
      return []
  }
}

function undone({ sagaId, plan, ledger }: JudgedSaga): readonly string[] {
  return stepsOf(plan).flatMap(({ name }) => {
    const nets = placesOf(ledger, sagaId, name).map((place) => ledger.net(place))
    const isDone = nets.length > 0 && nets.every((net) => net === 1)
    return isDone ? [] : [`completed, and "${name}" stands ${nets.join() || 'no'} times`]
  })
}

function standing({ sagaId, plan, ledger }: JudgedSaga): readonly string[] {
  return stepsOf(plan)
    .filter((node) => !isHarmless(node))
    .flatMap(({ name }) => placesOf(ledger, sagaId, name))
    .filter((place) => ledger.net(place) !== 0 && !isOutsidePromise(ledger, place))
    .map((place) => `compensated, and ${place} stands ${ledger.net(place)} times`)
}

/** Where a step has left something: once for each branch that has it. */
function placesOf(ledger: Ledger, sagaId: string, step: string): readonly string[] {
  return ledger.places.filter(
    (place) => place.startsWith(`${sagaId}/`) && place.endsWith(`/${step}`),
  )
}

/** An effect that came after its time, and whose process was never able to tell. */
function isOutsidePromise({ effects }: Ledger, place: string): boolean {
  const last = effects.findLast((effect) => effect.place === place && effect.direction === 'action')
  if (last === undefined) return false
  const { call, atMs } = last
  return atMs > call.quietMs && (call.outcome === 'cut off' || call.node.isDead)
}

/** Undos take effect in the reverse of the order in which actions settled in the journal, on each branch. */
export function orderProblems({ sagaId, events, ledger }: JudgedSaga): readonly string[] {
  const settled = events.flatMap((event) =>
    event.type === 'action_succeeded' || event.type === 'action_rejected'
      ? [`${sagaId}/${event.branch}/${event.step}`]
      : [],
  )
  const lastOf = new Map<string, number>()
  for (const { sagaId: own, direction, place, call } of ledger.effects) {
    if (own !== sagaId || direction !== 'compensation' || call.round > 1) continue
    // What has no verdict is where the saga turned back: it comes before all others.
    const known = settled.lastIndexOf(place)
    const rank = known === -1 ? settled.length : known
    const branch = place.slice(0, place.lastIndexOf('/'))
    if (rank >= (lastOf.get(branch) ?? Infinity)) {
      return [`${place} was undone too late, after what was done before it: ${settled.join()}`]
    }
    lastOf.set(branch, rank)
  }
  return []
}
