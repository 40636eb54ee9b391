import type { TaskRow } from '@backstep/engine'

import { longAge, timeText } from './time-text.ts'

/** Who has a task. `held`: a worker, until its lease ends. `waiting`: nobody, it is not due. `due`: nobody so far. */
export type TaskStatus = 'held' | 'lease_over' | 'waiting' | 'due'

/** How a task stands. */
export function taskStatus({ leaseUntil, runAt }: TaskRow, now: number): TaskStatus {
  if (leaseUntil !== null) return leaseUntil >= now ? 'held' : 'lease_over'
  return runAt > now ? 'waiting' : 'due'
}

/** How a task stands, in words. */
export function taskText(task: TaskRow, now: number): string {
  const { runAt } = task
  const leaseUntil = task.leaseUntil ?? now
  switch (taskStatus(task, now)) {
    case 'held':
      return `held by a worker until ${timeText(leaseUntil)} unless it extends that`
    case 'lease_over':
      return `its worker's lease ended ${longAge(now - leaseUntil)} ago`
    case 'waiting':
      return `waits until ${timeText(runAt)} (in ${longAge(runAt - now)})`
    case 'due':
      return `due for ${longAge(now - runAt)}, not taken yet`
  }
}
