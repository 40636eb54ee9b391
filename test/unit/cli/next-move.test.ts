import type { Plan, PlanNode, SagaDetails, TaskRow } from '@backstep/engine'
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
    paused: false,
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
    edits: [],
    paused: false,
    startedAt: now,
    failure: null,
    failureSeq: 0,
  }
  const rounds = { savepoints: {}, round: 1, returning: null }
  const forks = { ...rounds, turning: null, fork: null, undoLines: {}, items: {} }
  const rest = {
    ...forks,
    cancel: 'none' as const,
    deadline: 'none' as const,
    signals: [],
    received: {},
    branches: {},
    steps: {},
  }
  const state = { ...basics, ...rest, status: 'running' as const }
  return { saga, plan, state, journal: [], tasks, legal: [] }
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

const asleep = {
  cursor: 0,
  undo: [],
  openedSeq: 0,
  wakeAt: now + 90_000,
  deaths: 0,
  startingClaimId: null,
  halt: null,
}

const waiting = (node: PlanNode, changes: Partial<SagaDetails['state']> = {}, main = asleep) => {
  const details = detailsWith([{ ...task, runAt: now + 90_000 }])
  const plan = { ...details.plan, nodes: [node] }
  const state = Object.assign({}, details.state, { branches: { main } }, changes)
  return { ...details, plan, state }
}

it('a saga that sleeps does so until its time is over, or somebody has woken it', () => {
  const node = { type: 'sleep', name: 'nap', durationMs: 90_000 } as const
  const text = 'It sleeps until 2026-01-02 03:05:35Z (in 1m30s); there is nothing to do.'
  expect(nextMove(waiting(node), now)).toEqual({ text, commands: [] })
  expect(nextMove(waiting(node, { cancel: 'requested' }), now).text).toMatch(/^It waits for its/)
  expect(nextMove(waiting(node), now + 90_000).text).toMatch(/^A worker that serves/)
})

it('a saga that waits for a signal does so until it comes, or the time is over', () => {
  const rest = { payloadSchema: null, timeoutMs: null, onTimeout: 'compensate', size: 0 } as const
  const node = { type: 'wait', name: 'approval', ...rest } as const
  const command = `signal ${waiting(node).saga.sagaId} approval --payload '…'`
  expect(nextMove(waiting(node), now)).toEqual({
    text: 'It waits for the signal "approval" until 2026-01-02 03:05:35Z (in 1m30s).',
    commands: [command],
  })
  const endless = waiting(node, {}, { ...asleep, wakeAt: 0 })
  expect(nextMove(endless, now).text).toBe('It waits for the signal "approval".')
  const odd = nextMove(waiting({ ...node, name: 'last word' }), now)
  expect(odd.commands[0]).toContain(` 'last word' `)
  const sent = { signalId: 's-1', name: 'approval', payload: null, at: now }
  expect(nextMove(waiting(node, { signals: [sent] }), now).text).toMatch(/^It waits for its/)
  expect(nextMove(waiting(node), now + 90_000).text).toMatch(/^A worker that serves/)
})
