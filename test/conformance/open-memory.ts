import { ManualClock, MemoryStore } from '@backstep/engine/memory'

import type { StoreUnderTest } from './store-under-test.ts'

/** A memory store on a clock that only tests move. */
export async function openMemory(): Promise<StoreUnderTest> {
  const clock = new ManualClock()
  return {
    store: new MemoryStore({ now: () => clock.wallMs() }),
    passTime: (ms) => clock.advance(ms),
    nowMs: () => clock.monotonicMs(),
    close: async () => {},
  }
}
