import { expect, it } from 'vitest'

import { nextMove } from '../../../packages/cli/src/next-move.ts'
import { tasksMove } from '../../../packages/cli/src/tasks-move.ts'
import { inFork, late, paid, seatHalted, trip } from '../core/forks.ts'
import { detailsOf, now, taskOf } from './saga-details.ts'

it('tells of several tasks how many are held, delayed, and waiting for a worker', () => {
  const tasks = [
    taskOf('tickets/0', { leaseUntil: now + 1_000 }),
    taskOf('tickets/1', { leaseUntil: now + 1_000 }),
    taskOf('tickets/2'),
    taskOf('tickets/3', { runAt: now + 90_000 }),
    taskOf('tickets/4', { runAt: now + 30_000 }),
    taskOf('tickets/5', { leaseUntil: now - 5_000 }),
  ]
  expect(tasksMove(tasks, now)).toBe(
    '6 branches are at work: 2 held by workers, 1 to be taken within seconds, 2 delayed until 1970-01-01 00:18:10Z (in 30s) at the earliest, 1 to be taken over within seconds from workers that were not heard of.',
  )
})

it('asks after the queues whose tasks nobody takes', () => {
  const tasks = [
    taskOf('tickets/0', { leaseUntil: now + 1_000 }),
    taskOf('tickets/1', { runAt: now - 600_000, queue: 'mail' }),
    taskOf('tickets/2', { runAt: now - 60_000, queue: 'hotels' }),
  ]
  expect(tasksMove(tasks, now)).toBe(
    '3 branches are at work: 1 held by a worker, 2 overdue for 10m at most. Is a worker running that serves the queues "hotels", "mail"? Look at its /readyz and its log.',
  )
})

it('tells of a branch that waits for an operator beside one that is at work', () => {
  const details = detailsOf(late, [...paid, seatHalted], [taskOf('book/hotel')])
  expect(nextMove(details, now)).toEqual({
    text: 'A worker that serves the queue "mail" takes it within seconds. 1 branch is halted: when the others have come to their end, the saga is stuck and can be retried.',
    commands: [],
  })
})

it('says nothing of operators where none is needed', () => {
  const details = detailsOf(trip, inFork, [taskOf('book/flight'), taskOf('book/hotel')])
  expect(nextMove(details, now).text).toBe('2 branches are at work: 2 to be taken within seconds.')
})
