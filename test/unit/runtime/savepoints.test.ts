import { expect, test } from 'vitest'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { eventually } from '../../support/eventually.ts'
import { gate } from './gate.ts'
import {
  anyInput,
  defineSaga,
  eventOf,
  eventsOf,
  memoryEngine,
  soon,
  work,
} from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })
const twice = { maximumRounds: 2 }

test('each round has keys of its own, and a compensation is told the key of its action', async () => {
  const { backstep } = memoryEngine()
  const keys: string[] = []
  let tries = 0
  const saga = order
    .savepoint('start', twice)
    .step('reserve', {
      action: ({ idempotencyKey, round }) => void keys.push(`${round} ${idempotencyKey}`),
      compensation: ({ idempotencyKey, actionIdempotencyKey }) =>
        void keys.push(actionIdempotencyKey, idempotencyKey),
    })
    .pivot('pay', {
      action: () => {
        tries += 1
        if (tries === 1) throw reject('declined', 'Not today.')
      },
    })
  await work(backstep, [saga])
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  await expect(result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  const place = `${sagaId}/main/reserve`
  expect(keys).toEqual([
    `1 ${place}/action/1`,
    `${place}/action/1`,
    `${place}/compensation/1`,
    `2 ${place}/action/2`,
  ])
})

test('what an attempt of the first round comes to in the second is kept, and undone before the end', async () => {
  const { backstep } = memoryEngine()
  const [late, second] = [gate(), gate()]
  const undone: string[] = []
  const saga = order
    .savepoint('start', twice)
    .step('reserve', {
      // The first attempt does not stop when it is told to, and succeeds long after it was undone.
      action: async ({ round }) => {
        if (round === 1) await late.passed
        return `of round ${round}`
      },
      timeout: '30ms',
      retry: { ...soon, maximumAttempts: 1 },
      compensation: (context) =>
        void undone.push(`${context.outcome} ${context.output} ${context.actionIdempotencyKey}`),
    })
    .step('check', { action: () => second.passed, compensation: 'none', reason: 'read-only' })
    .output(({ results }) => results.reserve)
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  const { sagaId } = handle
  await eventOf(backstep, sagaId, 'savepoint_reached')
  late.open()
  const found = await eventOf(backstep, sagaId, 'late_result')
  second.open()
  await expect(handle.result({ timeout: '5s' })).resolves.toMatchObject({
    status: 'completed',
    output: 'of round 2',
  })
  expect(found).toMatchObject({ step: 'reserve', outcome: { output: 'of round 1' } })
  await eventually(() => expect(undone).toHaveLength(2))
  expect(undone).toEqual([
    `unknown undefined ${sagaId}/main/reserve/action/1`,
    `succeeded of round 1 ${sagaId}/main/reserve/action/1`,
  ])
  expect((await eventsOf(backstep, sagaId)).map(({ type }) => type)).toContain('orphan_undo_ended')
})
