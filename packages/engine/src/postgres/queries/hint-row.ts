import type { TaskHint } from '../../ports/task-store.ts'

/** What a hint needs of a task's row. */
export interface HintRow {
  readonly saga_id: string
  readonly branch: string
  readonly queue: string
  readonly nonce: string
}

/** A row as the hint that it stands for. */
export function hintOf({ saga_id, branch, queue, nonce }: HintRow): TaskHint {
  return { sagaId: saga_id, branch, queue, nonce }
}
