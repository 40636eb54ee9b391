import { defineSaga, reject } from '@backstep/engine'

import type { BookAnswer, BookingOffice } from '../services/booking-office.ts'
import { tripInput } from './trip-input.ts'

/**
 * A trip: flight, hotel and car, all three or none. Each can be canceled, so there is no pivot: until the last one is
 * booked, there is a way back.
 *
 * A car rental that cannot be reached leaves two questions open: was the car booked, and if so, is it canceled? The saga
 * keeps asking for a while. Then it is stuck, flight and hotel still booked, until somebody has looked after it:
 * `backstep retry` makes it go on where it stands.
 */
export function defineTravelSaga(office: BookingOffice) {
  return defineSaga({
    name: 'travel',
    version: 1,
    input: tripInput,
    defaults: { timeout: '1s', retry: { initialInterval: '200ms', maximumAttempts: 3 } },
  })
    .step('bookFlight', {
      action: async ({ input, idempotencyKey, signal }) => {
        const request = { ...input, offer: input.flight, key: idempotencyKey, signal }
        return booked(await office.book(request), input.flight)
      },
      compensation: ({ input, actionIdempotencyKey, signal }) =>
        office.cancel({ bookKey: actionIdempotencyKey, offer: input.flight, signal }),
    })
    .step('bookHotel', {
      action: async ({ input, idempotencyKey, signal }) => {
        const request = { ...input, offer: input.hotel, key: idempotencyKey, signal }
        return booked(await office.book(request), input.hotel)
      },
      compensation: ({ input, actionIdempotencyKey, signal }) =>
        office.cancel({ bookKey: actionIdempotencyKey, offer: input.hotel, signal }),
    })
    .step('bookCar', {
      action: async ({ input, idempotencyKey, signal }) => {
        const request = { ...input, offer: input.car, key: idempotencyKey, signal }
        return booked(await office.book(request), input.car)
      },
      compensation: ({ input, actionIdempotencyKey, signal }) =>
        office.cancel({ bookKey: actionIdempotencyKey, offer: input.car, signal }),
      // By default a compensation is tried twenty times before an operator is asked. The demo cannot wait that long.
      compensationOptions: { retry: { initialInterval: '200ms', maximumAttempts: 3 } },
    })
    .output(({ results }) => ({
      bookingIds: [
        results.bookFlight.bookingId,
        results.bookHotel.bookingId,
        results.bookCar.bookingId,
      ],
    }))
}

/** A step's output from a company's answer. Every refusal says that nothing was booked. */
function booked(answer: BookAnswer, offer: string): { readonly bookingId: string } {
  switch (answer.status) {
    case 'booked':
      return { bookingId: answer.bookingId }
    case 'full':
      throw reject('full', `${offer} has no place left.`)
    case 'declined':
      throw reject('payment_declined', `${offer} was not paid.`)
  }
}
