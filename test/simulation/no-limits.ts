import type { QueueStore } from '../../packages/engine/src/ports/queue-store.ts'

/** Queues of which nobody has said anything: what runs is limited by workers only. */
export const noLimits: QueueStore = {
  readLimits: async () => [],
  declareLimits: async () => {},
  overrideLimits: async ({ queue }) => {
    throw new RangeError(`No queue has limits here, "${queue}" included.`)
  },
  readUse: async () => [],
  grant: async () => ({ grants: [], refusal: null }),
}
