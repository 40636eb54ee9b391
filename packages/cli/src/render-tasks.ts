import type { SagaDetails, TaskRow } from '@backstep/engine'

import type { Client } from './client.ts'
import { printable } from './printable.ts'
import { taskStatus, taskText, type TaskStatus } from './task-text.ts'
import { renderTable } from './text-table.ts'

/** So many tasks are shown: a saga has one for each branch at work. */
const shownTasks = 20

/** Who has the tasks of a saga; of many, those that nobody works on first. */
export function renderTasks({ cli, paint }: Client, { tasks }: SagaDetails): string {
  const now = cli.now()
  const urgency = (task: TaskRow): number => order.indexOf(taskStatus(task, now))
  const shown =
    tasks.length <= shownTasks
      ? tasks
      : tasks.toSorted((a, b) => urgency(a) - urgency(b) || a.runAt - b.runAt).slice(0, shownTasks)
  const rows = shown.map((task) => [
    printable(task.branch),
    printable(task.queue),
    taskText(task, now),
    String(task.deliveries),
  ])
  const table = renderTable({
    columns: [
      { header: 'TASK', narrow: 'cut' },
      { header: 'QUEUE', narrow: 'cut' },
      { header: 'WHO HAS IT', narrow: 'wrap' },
      { header: 'TAKEN', align: 'right' },
    ],
    rows,
    width: cli.columns,
  })
  const left = tasks.length - shown.length
  const more = left === 0 ? '' : `${paint.faint(`and ${left} more tasks`)}\n`
  return `${paint.faintHead(table)}${more}`
}

const order: readonly TaskStatus[] = ['lease_over', 'due', 'waiting', 'held']
