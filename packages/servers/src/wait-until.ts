import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 10

/**
 * Waits for something that nobody announces, such as a line in a file or the end of a process
 * that is not our child. Resolves to false when `timeoutMs` has passed first.
 */
export const waitUntil = async (
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    if (await condition()) return true
    await sleep(POLL_MS)
  }
  return await condition()
}
