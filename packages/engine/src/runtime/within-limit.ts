import type { Clock } from '../ports/clock.ts'

/** How long a function of the definition may take: it computes from what is at hand. */
const timeoutMs = 30_000

/** What never comes must not hold its saga, and the slot, for ever. */
export async function withinLimit<Value>(clock: Clock, computed: Promise<Value>): Promise<Value> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const late = (): void => reject(new Error(`It took more than ${timeoutMs} ms.`))
  const callOff = clock.after(timeoutMs, late)
  try {
    return await Promise.race([computed, over])
  } finally {
    callOff()
  }
}
