import { expect, it } from 'vitest'

import { detailsJson } from '../../../packages/cli/src/details-json.ts'
import { eventText } from '../../../packages/cli/src/event-text.ts'
import { beganTo, cause, reached, rejected } from '../core/facts.ts'
import { forkingPlan, savepoint, step } from '../core/plans.ts'
import { detailsOf, now } from './saga-details.ts'

it.each([
  [
    beganTo('priced', cause('rejection', 'charge'), 'reserve'),
    'turned back to save-point priced because of card_declined: It ended in rejection. (charge); to undo: reserve',
  ],
  [reached('priced', 2), 'priced: back at the save-point; round 2 begins'],
  [
    { type: 'orphan_undo_began', branch: 'main' } as const,
    'at its end, but effects of an earlier round were reported; they are undone first',
  ],
  [
    { type: 'orphan_undo_ended', branch: 'main' } as const,
    'the effects of an earlier round are undone',
  ],
])('the history tells of rounds: %#', (event, text) => {
  expect(eventText(event)).toBe(text)
})

it('show --json has the round of each save-point', () => {
  const plan = forkingPlan(
    savepoint('start', 3),
    step('reserve'),
    savepoint('late'),
    step('charge'),
  )
  const details = detailsOf(plan, [
    [rejected('reserve'), beganTo('start', cause('rejection', 'reserve')), reached('start', 2)],
  ])
  expect(detailsJson(details, { now, payloads: false })).toMatchObject({
    savepoints: [
      { savepoint: 'start', round: 2, maximumRounds: 3 },
      { savepoint: 'late', round: 1, maximumRounds: 2 },
    ],
  })
})
