import type { TaskRow } from '@backstep/engine'

import { printable } from './printable.ts'
import { taskStatus } from './task-text.ts'
import { longAge, timeText } from './time-text.ts'

/** Work that nobody has taken for this long makes one ask whether anybody serves its queue. */
const overdueMs = 30_000

/** What is going to happen to a saga whose branches have these tasks. */
export function tasksMove(tasks: readonly TaskRow[], now: number): string {
  const [task] = tasks
  if (task === undefined) return 'It has just moved: nothing is queued for it. Look again.'
  return tasks.length === 1 ? oneMove(task, now) : manyMoves(tasks, now)
}

function oneMove(task: TaskRow, now: number): string {
  const queue = printable(task.queue)
  const leaseUntil = task.leaseUntil ?? now
  switch (moveStatus(task, now)) {
    case 'held':
      return 'A worker is at it; there is nothing to do.'
    case 'lease_over': {
      const silent = `Its worker was not heard of since its lease ran out ${longAge(now - leaseUntil)} ago.`
      return `${silent} ${whoServes(queue)} takes it over within seconds.`
    }
    case 'waiting':
      return `It waits for its next attempt until ${timeText(task.runAt)} (in ${longAge(task.runAt - now)}); there is nothing to do.`
    case 'due':
      return `${whoServes(queue)} takes it within seconds.`
    case 'overdue':
      return `Nobody has taken it for ${longAge(now - task.runAt)}. ${isServed([queue])}`
  }
}

function manyMoves(tasks: readonly TaskRow[], now: number): string {
  const groups = Map.groupBy(tasks, (task) => moveStatus(task, now))
  const parts = order.flatMap((status) => {
    const group = groups.get(status) ?? []
    return group.length === 0 ? [] : [groupText(status, group, now)]
  })
  const overdue = groups.get('overdue') ?? []
  const queues = [...new Set(overdue.map(({ queue }) => printable(queue)))].toSorted()
  const asked = queues.length === 0 ? '' : ` ${isServed(queues)}`
  return `${tasks.length} branches are at work: ${parts.join(', ')}.${asked}`
}

type MoveStatus = ReturnType<typeof taskStatus> | 'overdue'

const order: readonly MoveStatus[] = ['held', 'due', 'waiting', 'lease_over', 'overdue']

function moveStatus(task: TaskRow, now: number): MoveStatus {
  const status = taskStatus(task, now)
  return status === 'due' && now - task.runAt >= overdueMs ? 'overdue' : status
}

function groupText(status: MoveStatus, tasks: readonly TaskRow[], now: number): string {
  const count = tasks.length
  const first = tasks.map(({ runAt }) => runAt).reduce((a, b) => Math.min(a, b))
  switch (status) {
    case 'held':
      return count === 1 ? '1 held by a worker' : `${count} held by workers`
    case 'due':
      return `${count} to be taken within seconds`
    case 'waiting':
      return `${count} delayed until ${timeText(first)} (in ${longAge(first - now)})${count === 1 ? '' : ' at the earliest'}`
    case 'lease_over':
      return `${count} to be taken over within seconds from workers that were not heard of`
    case 'overdue':
      return `${count} overdue for ${longAge(now - first)}${count === 1 ? '' : ' at most'}`
  }
}

function whoServes(queue: string): string {
  return `A worker that serves the queue "${queue}"`
}

function isServed(queues: readonly string[]): string {
  const names = queues.map((queue) => `"${queue}"`).join(', ')
  const which = queues.length === 1 ? `the queue ${names}` : `the queues ${names}`
  return `Is a worker running that serves ${which}? Look at its /readyz and its log.`
}
