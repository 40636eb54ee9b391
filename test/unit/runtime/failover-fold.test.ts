import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { fold } from '../../../packages/engine/src/core/fold.ts'
import { MemoryStore } from '../../../packages/engine/src/memory/index.ts'
import { aborted, gate } from './gate.ts'
import { interceptedStore, type Interceptor, type StoreCall } from './intercepted-store.ts'
import { anyInput, audit, defineSaga, engineOn, eventOf, typesOf, work } from './memory-engine.ts'

const memory = () => new MemoryStore({ now: () => Date.now() })

function appends({ method, args }: StoreCall, ...words: readonly string[]): boolean {
  const text = JSON.stringify(args)
  return method === 'append' && words.every((word) => text.includes(`"${word}"`))
}

/** A primary that acknowledges the first success of a step, and dies before the row is anywhere else. */
function losing(step: string, also: Interceptor = ({ pass }) => pass()): Interceptor {
  let isLost = false
  return async (call) => {
    if (isLost || !appends(call, 'action_succeeded', step)) return also(call)
    isLost = true
    return [{ applied: true, at: Date.now() }]
  }
}

/** Two branches, whose steps say when they run and when they are undone. */
function trip(log: string[], second: () => Promise<void>) {
  const noted = (name: string, action?: () => Promise<void>) => ({
    action: async () => {
      log.push(name)
      await action?.()
      return name
    },
    compensation: () => void log.push(`undo ${name}`),
  })
  return defineSaga({ name: 'trip', version: 1, input: anyInput }).parallel('book', (fork) =>
    fork
      .branch('a', (branch) => branch.step('a1', noted('a1')).step('a2', noted('a2', second)))
      .branch('b', (branch) => branch.step('b1', noted('b1'))),
  )
}

test('nothing builds on rows that a failover lost, though a turn that has read them is under way', async () => {
  const store = memory()
  const claimB = gate()
  const a2 = gate()
  const intercept = losing('a1', async ({ method, args, pass }) => {
    if (method === 'claim' && JSON.stringify(args).includes('"book/b"')) await claimB.passed
    return pass()
  })
  const { backstep } = engineOn(interceptedStore(store, intercept))
  const log: string[] = []
  const saga = trip(log, () => a2.passed)
  await work(backstep, [saga])
  const { sagaId } = await backstep.start(saga, { input: {} })
  await eventually(() => expect(log).toContain('a2'))
  // Another row is where the lost one was.
  await backstep.cancel(sagaId, audit)
  claimB.open()
  await eventOf(backstep, sagaId, 'branch_failed')
  a2.open()
  // Nobody knows of its success any more: the claim behind it runs out, and the attempt is undone as unknown.
  const back = await eventOf(backstep, sagaId, 'compensation_began')
  expect(back).toMatchObject({ steps: [{ step: 'a1', outcome: 'unknown' }] })
  expect(await typesOf(backstep, sagaId)).toEqual([
    'saga_started',
    'fork_began',
    'cancel_requested',
    'branch_failed',
    'lease_lost',
    'branch_stopped',
    'compensation_began',
    'undo_forked',
  ])
  expect(log).toEqual(['a1', 'a2'])
  const rows = await store.readJournal(sagaId, 0)
  expect(fold(saga.plan, sagaId, rows).status).toBe('compensating')
})

test('a late result of a step that is not reached any more leaves its saga readable', async () => {
  const store = memory()
  const overdue = gate()
  const again = gate()
  const intercept = losing('a1', async (call) => {
    const answer = await call.pass()
    // Its handler has been given up by then.
    if (appends(call, 'action_failed', 'a2')) overdue.open()
    return answer
  })
  const { backstep } = engineOn(interceptedStore(store, intercept))
  const runs = { a1: 0, a2: 0 }
  const saga = defineSaga({ name: 'line', version: 1, input: anyInput })
    .step('a1', {
      action: async () => {
        runs.a1 += 1
        if (runs.a1 > 1) await again.passed
        return 1
      },
      compensation: () => {},
    })
    .step('a2', {
      action: async ({ signal }) => {
        runs.a2 += 1
        if (runs.a2 > 1) return 2
        await aborted(signal)
        await overdue.passed
        return 2
      },
      compensation: () => {},
      timeout: '100ms',
    })
  await work(backstep, [saga])
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  const late = await eventOf(backstep, sagaId, 'late_result')
  expect(late).toMatchObject({ step: 'a2', outcome: { status: 'succeeded', output: 2 } })
  expect(await typesOf(backstep, sagaId)).not.toContain('action_succeeded')
  again.open()
  await expect(result({ timeout: '4s' })).resolves.toMatchObject({ status: 'completed' })
  const rows = await store.readJournal(sagaId, 0)
  expect(fold(saga.plan, sagaId, rows).status).toBe('completed')
})
