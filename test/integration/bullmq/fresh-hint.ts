import { randomUUID } from 'node:crypto'

import type { TaskHint } from '../../../packages/engine/src/ports/task-store.ts'

/** A hint to a task that nobody else knows. */
export const freshHint = (queue: string): TaskHint => ({
  sagaId: randomUUID(),
  branch: 'main',
  queue,
  nonce: `n${randomUUID().replaceAll('-', '')}`,
})

/** So many of them. */
export const freshHints = (count: number, queue: string): readonly TaskHint[] =>
  Array.from({ length: count }, () => freshHint(queue))
