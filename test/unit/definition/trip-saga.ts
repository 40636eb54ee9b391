import { z } from 'zod'

import { defineSaga } from '../../../packages/engine/src/definition/define-saga.ts'

function tripUntilTickets() {
  return defineSaga({
    name: 'trip',
    version: 1,
    input: z.object({ travellers: z.array(z.string()), insured: z.boolean() }),
  })
    .parallel(
      'book',
      (fork) =>
        fork
          .branch('flight', (branch) =>
            branch
              .step('reserveFlight', {
                action: () => 'F1',
                compensation: ({ output }) => output,
                barrier: true,
              })
              .step('payDeposit', {
                action: ({ results }) => `paid ${results.reserveFlight}`,
                compensation: () => undefined,
                barrier: true,
              }),
          )
          .branch('hotel', (branch) =>
            branch.step('reserveHotel', {
              action: () => 'H1',
              compensation: 'none',
              reason: 'free until noon',
              queue: 'hotels',
            }),
          ),
      { siblings: 'failFast', compensation: 'serial' },
    )
    .forEach(
      'tickets',
      ({ input }) => input.travellers,
      (each) =>
        each.step('issue', {
          action: ({ item, index }) => `${index}: ${item}`,
          compensation: ({ item, index }) => `${item} at ${index}`,
        }),
    )
}

/** A saga that forks, repeats and chooses, on both sides of its pivot. */
export function tripSaga() {
  return tripUntilTickets()
    .when(
      'insurance',
      async ({ input }) => input.insured,
      (then) =>
        then
          .step('insure', { action: () => 7, compensation: () => undefined })
          .step('tell', { action: () => 8, compensation: 'none', reason: 'harmless' }),
    )
    .pivot('pay', { action: () => 1 })
    .parallel('confirm', (fork) =>
      fork.branch('mail', (branch) => branch.step('mail', { action: () => 1 })),
    )
    .forEach(
      'points',
      ({ results }) => results.tickets,
      (each) => each.step('grant', { action: ({ item }) => item.issue }),
      { concurrency: 256 },
    )
}
