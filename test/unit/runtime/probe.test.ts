import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  noEffect,
  stillUnknown,
  tookEffect,
  type ProbeAnswer,
} from '../../../packages/engine/src/definition/probe-answer.ts'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { retryAfter } from '../../../packages/engine/src/definition/retry-after.ts'
import { never } from './gate.ts'
import {
  anyInput,
  audit,
  defineSaga,
  eventsOf,
  memoryEngine,
  soon,
  stuckRow,
  typesOf,
  work,
} from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })
const fails = (): never => {
  throw new Error('no answer')
}
const cannotTell = (): ProbeAnswer<never> => stillUnknown()
const foundNothing = (): ProbeAnswer<never> => noEffect()

/** What no compiler lets through is there at run time all the same. */
function disguised(answer: () => unknown): () => ProbeAnswer<never> {
  return Object.assign({ probe: cannotTell }, { probe: answer }).probe
}

const once = { ...soon, maximumAttempts: 1 } as const

test('a step whose answers were lost goes on with what its probe has found', async () => {
  const { backstep } = memoryEngine()
  const seen: unknown[] = []
  const saga = order
    .step('reserve', { action: () => 'r1', compensation: () => {} })
    .pivot('charge', {
      action: ({ idempotencyKey }): { readonly chargeId: string } => {
        seen.push(idempotencyKey)
        throw new Error('no answer')
      },
      retry: { ...soon, maximumAttempts: 2 },
      probe: ({ idempotencyKey, results, attempt, step }) => {
        seen.push({ idempotencyKey, results, attempt, step })
        return tookEffect({ chargeId: 'c1' })
      },
    })
    .output(({ results }) => results.charge.chargeId)
  const ended: unknown[] = []
  await work(backstep, [saga], { observer: { stepEnded: (event) => ended.push(event) } })
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'completed',
    output: 'c1',
  })
  const key = `${handle.sagaId}/main/charge/action/1`
  const context = { idempotencyKey: key, results: { reserve: 'r1' }, attempt: 1, step: 'charge' }
  expect(seen).toEqual([key, key, context])
  expect(ended.at(-1)).toMatchObject({ step: 'charge', kind: 'probe', outcome: 'succeeded' })
  expect((await eventsOf(backstep, handle.sagaId)).slice(-5)).toMatchObject([
    { type: 'action_failed', attempt: 2, retryDelayMs: null },
    { type: 'probing_began', step: 'charge' },
    { type: 'probe_answered', attempt: 1, answer: { status: 'succeeded' } },
    { type: 'action_succeeded', attempt: 2, via: 'probe', output: { chargeId: 'c1' } },
    { type: 'saga_completed' },
  ])
})

test('a step of which the probe has found nothing is not undone', async () => {
  const { backstep } = memoryEngine()
  const undone: string[] = []
  const saga = order
    .step('reserve', { action: () => 'r1', compensation: () => void undone.push('reserve') })
    .step('charge', {
      action: fails,
      compensation: () => void undone.push('charge'),
      retry: once,
      probe: () => noEffect('not_charged', 'There is no charge.', { looked: 'everywhere' }),
    })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'compensated',
    failure: {
      kind: 'rejection',
      code: 'not_charged',
      message: 'There is no charge.',
      details: { looked: 'everywhere' },
      step: 'charge',
    },
  })
  expect(undone).toEqual(['reserve'])
})

const silent: readonly (readonly [string, () => unknown, object])[] = [
  ['says so', () => stillUnknown('Later.'), { code: 'still_unknown', message: 'Later.' }],
  [
    'gives no reason',
    () => ({ status: 'unknown' }),
    { code: 'still_unknown', message: 'The probe cannot tell.' },
  ],
  ['throws', fails, { code: 'error', message: 'no answer' }],
  [
    'rejects, which says nothing of the action',
    () => {
      throw reject('not_allowed', 'Who are you?')
    },
    { kind: 'rejection', code: 'not_allowed' },
  ],
  [
    'returns nothing',
    () => undefined,
    {
      code: 'no_answer',
      message: expect.stringContaining('returned nothing; return tookEffect'),
    },
  ],
  ['returns another word', () => ({ status: 'perhaps' }), { code: 'no_answer' }],
  ['takes too long', () => never, { kind: 'timeout', code: 'timeout' }],
]

test.each(silent)(
  'a probe that %s is asked again, and in the end the step is undone in doubt',
  async (_, answer, failure) => {
    const { backstep } = memoryEngine()
    const outcomes: string[] = []
    let asked = 0
    const probe = disguised(() => {
      asked += 1
      return answer()
    })
    const saga = order.step('charge', {
      action: fails,
      compensation: ({ outcome }) => void outcomes.push(outcome),
      retry: once,
      probe,
      probeOptions: { retry: { ...soon, maximumAttempts: 2 }, timeout: '20ms' },
    })
    // Nobody is to take it over while the test is kept waiting.
    await work(backstep, [saga], { lease: '10s', heartbeat: '1s' })
    const handle = await backstep.start(saga, { input: {} })
    await expect(handle.result({ timeout: '5s' })).resolves.toMatchObject({
      status: 'compensated',
      failure: { message: 'no answer', step: 'charge' },
    })
    expect({ asked, outcomes }).toEqual({ asked: 2, outcomes: ['unknown'] })
    const failed = (await eventsOf(backstep, handle.sagaId)).filter(
      ({ type }) => type === 'probe_failed',
    )
    expect(failed).toMatchObject([
      { attempt: 1, failure },
      { attempt: 2, failure, retryDelayMs: null },
    ])
  },
)

test('a probe may say when to ask again', async () => {
  const { backstep } = memoryEngine()
  const saga = order.step('charge', {
    action: () => fails(),
    compensation: () => {},
    retry: once,
    probe: ({ attempt }) => {
      if (attempt === 1) throw retryAfter('50ms')
      return noEffect()
    },
    probeOptions: { retry: soon },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'compensated' })
  const events = await eventsOf(backstep, handle.sagaId)
  expect(events.find(({ type }) => type === 'probe_failed')).toMatchObject({ retryDelayMs: 50 })
})

test('what a probe has found is checked as if the action had returned it', async () => {
  const { backstep } = memoryEngine()
  const charge = z.object({ chargeId: z.string(), at: z.string().default('now') })
  let found: unknown = { chargeId: 7 }
  const saga = order
    .pivot('charge', {
      output: charge,
      action: () => fails(),
      retry: once,
      probe: disguised(() => tookEffect(found)),
    })
    .output(({ results }) => results.charge)
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(stuckRow(backstep, handle.sagaId)).resolves.toMatchObject({
    stuckCode: 'payload_invalid',
    failure: { message: expect.stringContaining('chargeId') },
  })
  found = { chargeId: 'c1' }
  await backstep.retry(handle.sagaId, audit)
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    output: { chargeId: 'c1', at: 'now' },
  })
})

test('a retry of a stuck pivot asks its probe before it is run again', async () => {
  const { backstep } = memoryEngine()
  let runs = 0
  let answer = cannotTell
  const saga = order.pivot('charge', {
    action: () => {
      runs += 1
      if (runs < 2) fails()
    },
    retry: once,
    probe: () => answer(),
    probeOptions: { retry: once },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(stuckRow(backstep, handle.sagaId)).resolves.toMatchObject({
    stuckCode: 'pivot_outcome_unknown',
  })
  expect(await backstep.cancel(handle.sagaId, audit)).toMatchObject({ status: 'refused' })
  expect(runs).toBe(1)
  answer = foundNothing
  await backstep.retry(handle.sagaId, audit)
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(runs).toBe(2)
  expect((await typesOf(backstep, handle.sagaId)).slice(-6)).toEqual([
    'saga_resumed',
    'probing_began',
    'probe_answered',
    'action_starting',
    'action_succeeded',
    'saga_completed',
  ])
})

test('in a forEach each item finds out for itself, and one that is parked is asked about when it is retried', async () => {
  const { backstep } = memoryEngine()
  const seen: unknown[] = []
  let isMended = false
  const saga = order
    .forEach(
      'tickets',
      () => ['ann', 'bob'],
      (each) =>
        each.step('issue', {
          action: ({ item }): { readonly seat: string } => {
            throw new Error(`no answer for ${item}`)
          },
          compensation: () => {},
          retry: once,
          onFailure: 'park',
          probe: ({ kind, round, branch, item, index, idempotencyKey }) => {
            seen.push({ kind, round, branch, item, index, idempotencyKey })
            return item === 'ann' || isMended ? tookEffect({ seat: `for ${item}` }) : stillUnknown()
          },
          probeOptions: { retry: once },
        }),
    )
    .output(({ results }) => results)
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await stuckRow(backstep, handle.sagaId)
  const { state } = await backstep.describe(handle.sagaId)
  expect(state).toMatchObject({
    stuck: { code: 'parked_by_policy', branch: 'tickets/1', step: 'issue[1]' },
  })
  isMended = true
  await backstep.retry(handle.sagaId, audit)
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'completed',
    output: { tickets: [{ issue: { seat: 'for ann' } }, { issue: { seat: 'for bob' } }] },
  })
  const asked = (index: number, item: string) => ({
    kind: 'action',
    round: 1,
    branch: `tickets/${index}`,
    item,
    index,
    idempotencyKey: `${handle.sagaId}/tickets/${index}/issue[${index}]/action/1`,
  })
  expect(seen).toHaveLength(3)
  expect(seen).toEqual(expect.arrayContaining([asked(0, 'ann'), asked(1, 'bob'), asked(1, 'bob')]))
})
