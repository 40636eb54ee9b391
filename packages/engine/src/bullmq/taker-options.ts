/**
 * What BullMQ's workers are told, whatever they run on. How a job went is of no consequence: nothing is kept of it, also
 * of those that somebody else made.
 */
export const takerOptions = {
  /** Seconds that a fetch may block: how long a connection may be silent before it is taken for dead depends on it. */
  drainDelay: 2,
  /** Milliseconds until a worker asks again after it could not connect. */
  runRetryDelay: 1_000,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
} as const
