/** Something that a handler waits for and a test lets happen. */
export interface Gate {
  /** Resolves once the gate is open. */
  readonly passed: Promise<void>
  open(): void
}

/** A gate that is shut. */
export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: () => resolve() }
}

/** Never settles, as a handler that ignores its signal. */
export const never: Promise<never> = new Promise(() => {})

/** Resolves when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
