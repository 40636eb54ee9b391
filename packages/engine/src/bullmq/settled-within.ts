/**
 * Waits for work, but no longer than `timeoutMs`: then it rejects. The work itself goes on, and how it ends is nobody's
 * concern any more.
 */
export const settledWithin = async <T>(work: Promise<T>, timeoutMs: number): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new Error(`There was no answer within ${timeoutMs} ms`)),
    timeoutMs,
  )
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
