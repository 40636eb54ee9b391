import { z } from 'zod'

/** A trip as it is asked for. Flight, hotel and car are names of offers. */
export const tripInput = z.object({
  tripId: z.string(),
  customer: z.string(),
  flight: z.string(),
  hotel: z.string(),
  car: z.string(),
})
