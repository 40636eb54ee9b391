import type { TaskQueue } from '../../../packages/engine/src/ports/task-queue.ts'

/** A queue that loses every hint: only a sweep finds work. */
export const noQueue: TaskQueue = {
  dispatch: async () => {},
  consume: () => ({ isTaking: true, close: async () => {} }),
  close: async () => {},
}
