import type { SagaEvent } from '@backstep/engine'

import { eventText, stepNames } from './event-text.ts'

/** The events of a journal row in lines for people. Where many branches simply came to an end, that is told in one line. */
export function rowTexts(events: readonly SagaEvent[]): readonly string[] {
  const ended = events.filter(isPlain)
  if (ended.length <= shownEnds) return events.map((event) => eventText(event))
  const rest = events.filter((event) => !isPlain(event))
  const done = ended.filter(({ type }) => type === 'action_succeeded')
  const undone = ended.filter(({ type }) => type === 'compensation_succeeded')
  return [
    ...(done.length === 0 ? [] : [`${stepNames(done, shownEnds)}: done`]),
    ...(undone.length === 0 ? [] : [`${stepNames(undone, shownEnds)}: undone`]),
    ...rest.map((event) => eventText(event)),
  ]
}

const shownEnds = 4

type PlainEnd = Extract<SagaEvent, { readonly type: 'action_succeeded' | 'compensation_succeeded' }>

function isPlain(event: SagaEvent): event is PlainEnd {
  if (event.type === 'compensation_succeeded') return event.noop === undefined
  return event.type === 'action_succeeded' && event.via !== 'fallback'
}
