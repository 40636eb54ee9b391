import type { SagaEvent } from '../../packages/engine/src/core/event.ts'
import type { SentLetter } from './postman.ts'
import { readNotice } from './notice.ts'
import type { JudgedSaga } from './judged-saga.ts'
import { isSkipped } from './step-keys.ts'

/** What was sent is in the journal, once; what was said to be late is behind an end. */
export function signalProblems(
  { sagaId, events }: Pick<JudgedSaga, 'sagaId' | 'events'>,
  sent: readonly SentLetter[],
): readonly string[] {
  return sent.flatMap((letter) => {
    if (letter.sagaId !== sagaId) return []
    const { id, name, status, payload } = letter
    const what = `the signal ${id ?? payload.no} for "${name}"`
    const places = events.flatMap((event, place) => (isOf(event, letter) ? [place] : []))
    const [first] = places
    if (first === undefined) return [`${what} was sent, and is not there`]
    if (places.length > 1 && id !== null) return [`${what} is there ${places.length} times`]
    const isBehind = events.slice(0, first).some(isEnd)
    // One that is sent again late is the one that came before.
    const isFirst = sent.find((each) => each.id === id) === letter
    return status === 'late' && isFirst && !isBehind
      ? [`${what} was late, and nothing had ended`]
      : []
  })
}

function isOf(event: SagaEvent, { id, name, payload }: SentLetter): boolean {
  if (event.type !== 'signal_received' || event.name !== name) return false
  return id === null ? readNotice(event.payload).no === payload.no : event.signalId === id
}

function isEnd({ type }: SagaEvent): boolean {
  return type === 'saga_completed' || type === 'saga_compensated'
}

/** Who waited in vain turns back, goes on, or takes the other way, as its plan says. */
export function wayProblems({ plan, state, entries }: JudgedSaga): readonly string[] {
  const events = entries.flatMap((entry) => entry.events)
  return plan.nodes.flatMap((node, place) => {
    if (node.type !== 'wait') return []
    const last = events.findLast(
      (event) =>
        (event.type === 'signal_taken' || event.type === 'wait_timed_out') &&
        event.wait === node.name,
    )
    const steps = plan.nodes.slice(place + 1, place + 1 + node.size)
    const skipped = steps.filter(({ name }) => isSkipped(state, name)).length
    const isTaken = last?.type === 'signal_taken'
    const expected = isTaken ? steps.length : 0
    const isWrong = state.status === 'completed' && skipped !== expected
    const turned = entries.filter((row) => isVain(row.events, node.name)).every(turnsBack)
    return [
      ...(state.status === 'completed' && last === undefined
        ? [`nothing ended "${node.name}"`]
        : []),
      ...(isWrong ? [`${skipped} steps behind "${node.name}" were skipped`] : []),
      ...(node.onTimeout === 'compensate' && !turned
        ? [`"${node.name}" was in vain, and it goes on`]
        : []),
    ]
  })
}

function isVain(events: readonly SagaEvent[], wait: string): boolean {
  return events.some((event) => event.type === 'wait_timed_out' && event.wait === wait)
}

function turnsBack({ events }: JudgedSaga['entries'][number]): boolean {
  return events.some(({ type }) => type === 'compensation_began')
}
