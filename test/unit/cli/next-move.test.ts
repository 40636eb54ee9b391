import type { Plan, SagaDetails, TaskRow } from '@backstep/engine'
import { expect, it } from 'vitest'

import { nextMove } from '../../../packages/cli/src/next-move.ts'

const now = 1_767_323_045_000
const task: TaskRow = {
  branch: 'main',
  queue: 'mail',
  runAt: now - 1_000,
  claimed: false,
  leaseUntil: null,
  deliveries: 1,
}

const detailsWith = (tasks: readonly TaskRow[]): SagaDetails => {
  const plan: Plan = { name: 'order', version: 1, inputSchema: null, nodes: [] }
  const saga = {
    sagaId: '01a2b3c4-0000-7000-8000-000000000000',
    name: 'order',
    version: 1,
    key: null,
    status: 'running' as const,
    stuckCode: null,
    stuckStep: null,
    failure: null,
    output: null,
    startedAt: now,
    changedAt: now,
  }
  const { sagaId } = saga
  const basics = {
    sagaId,
    seq: 1,
    key: null,
    input: null,
    startedAt: now,
    failure: null,
    failureSeq: 0,
  }
  const forks = { turning: null, fork: null, undoLines: {}, items: {} }
  const rest = {
    ...forks,
    cancel: 'none' as const,
    deadline: 'none' as const,
    branches: {},
    steps: {},
  }
  return { saga, plan, state: { ...basics, ...rest, status: 'running' }, journal: [], tasks }
}

it.each([
  [[task], 'A worker that serves the queue "mail" takes it within seconds.'],
  [
    [{ ...task, runAt: now - 600_000 }],
    'Nobody has taken it for 10m. Is a worker running that serves the queue "mail"? Look at its /readyz and its log.',
  ],
  [
    [{ ...task, runAt: now + 90_000 }],
    'It waits for its next attempt until 2026-01-02 03:05:35Z (in 1m30s); there is nothing to do.',
  ],
  [[{ ...task, leaseUntil: now + 1_000 }], 'A worker is at it; there is nothing to do.'],
  [
    [{ ...task, leaseUntil: now - 5_000 }],
    'Its worker was not heard of since its lease ran out 5s ago. A worker that serves the queue "mail" takes it over within seconds.',
  ],
  [[], 'It has just moved: nothing is queued for it. Look again.'],
])('of a saga that runs: %#', (tasks, text) => {
  expect(nextMove(detailsWith(tasks), now)).toEqual({ text, commands: [] })
})

it('a saga that sleeps does so until its time is over, or somebody has woken it', () => {
  const details = detailsWith([{ ...task, runAt: now + 90_000 }])
  const main = {
    cursor: 1,
    undo: [],
    openedSeq: 0,
    wakeAt: now + 90_000,
    deaths: 0,
    startingClaimId: null,
    halt: null,
  }
  const state = { ...details.state, branches: { main } }
  const text = 'It sleeps until 2026-01-02 03:05:35Z (in 1m30s); there is nothing to do.'
  expect(nextMove({ ...details, state }, now).text).toBe(text)
  const woken = { ...state, cancel: 'requested' } as const
  expect(nextMove({ ...details, state: woken }, now).text).toMatch(/^It waits/)
  expect(nextMove({ ...details, state }, now + 90_000).text).toMatch(/^A worker that serves/)
})
