import { expect, test } from 'vitest'
import { ClockedEngine, settled } from './clocked-engine.ts'
import { gate, never } from './gate.ts'
import { away, type Interceptor, type StoreCall } from './intercepted-store.ts'
import { anyInput, defineSaga, soon } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

/** A process that is never heard of again: from the reply to its start on, or from what it sends after that. */
function dying(when: Death): Interceptor {
  let dead = false
  return async (call) => {
    if (dead) return never
    const result = await call.pass()
    dead = call.method === 'start'
    return dead && when === 'unanswered' ? never : result
  }
}

type Death = 'unanswered' | 'at work'

const deaths: readonly (readonly [string, Death, readonly string[]])[] = [
  ['before the reply to its start', 'unanswered', ['second']],
  ['in its first handler', 'at work', ['first', 'second']],
]

test.each(deaths)(
  'a process that dies %s leaves its saga to another one, once its lease is over',
  async (_, when, ran) => {
    const scene = new ClockedEngine()
    const [first, second] = [scene.process(dying(when)), scene.process()]
    const runs: string[] = []
    const saga = (by: string) =>
      order.step('pay', {
        action: async () => {
          runs.push(by)
          if (by === 'first') await never
        },
        compensation: () => {},
        retry: soon,
        timeout: '1h',
      })
    await first.work([saga('first')])
    void first.backstep.start(saga('first'), { input: {} })
    await settled()
    await second.work([saga('second')])
    const [{ sagaId, claim } = { sagaId: '', claim: null }] = first.starts
    await scene.clock.advance(9_900)
    expect(await scene.rows(sagaId)).toEqual([['saga_started']])
    expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: true, deliveries: 1 }])
    await scene.clock.advance(2_200)
    await scene.until(sagaId, 'completed')
    expect(runs).toEqual(ran)
    const [, lost] = await scene.store.readJournal(sagaId, 0)
    expect(lost?.events).toEqual([
      { type: 'lease_lost', branch: 'main', claimId: claim?.claimId ?? 'none' },
    ])
  },
)

test('a worker that lives keeps the lease of a saga that it has started for as long as it runs', async () => {
  const scene = new ClockedEngine()
  const [first, second] = [scene.process(), scene.process()]
  const finish = gate()
  const saga = order.step('pay', {
    action: () => finish.passed,
    compensation: () => {},
    timeout: '1h',
  })
  await first.work([saga])
  await second.work([saga])
  const { sagaId, result } = await first.backstep.start(saga, { input: {} })
  await scene.clock.advance(60_000)
  finish.open()
  await expect(result()).resolves.toMatchObject({ status: 'completed' })
  expect(await scene.rows(sagaId)).toEqual([
    ['saga_started'],
    ['action_succeeded', 'saga_completed'],
  ])
})

test('a cancel reaches a first turn that no claim has begun', async () => {
  const scene = new ClockedEngine()
  const process = scene.process()
  const reasons: unknown[] = []
  const saga = order.step('pay', {
    action: async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      reasons.push(signal.reason)
      throw new Error('interrupted')
    },
    compensation: () => {},
    timeout: '1h',
  })
  await process.work([saga])
  const { sagaId, result } = await process.backstep.start(saga, { input: {} })
  await process.backstep.cancel(sagaId, { actor: 'ann', reason: 'a test' })
  await scene.clock.advance(4_000)
  await expect(result()).resolves.toMatchObject({ status: 'compensated' })
  expect(reasons).toEqual(['canceled'])
})

/** Makes the saga and loses the reply, as often as said. */
function losingReplies(times: number, calls: StoreCall[] = []): Interceptor {
  let left = times
  return async (call) => {
    calls.push(call)
    const result = await call.pass()
    if (call.method !== 'start' || left === 0) return result
    left -= 1
    throw away()
  }
}

test.each([
  ['once', 1, undefined],
  ['twice', 2, undefined],
  ['once, with a key', 1, 'k'],
  ['twice, with a key', 2, 'k'],
])(
  'a saga whose start was not answered %s is claimed again under its first claim',
  async (_, times, key) => {
    const scene = new ClockedEngine()
    const calls: StoreCall[] = []
    const process = scene.process(losingReplies(times, calls))
    let runs = 0
    const saga = order.step('pay', { action: () => void (runs += 1), compensation: () => {} })
    await process.work([saga], { concurrency: 1, sweep: '1h' })
    const starting = process.backstep.start(saga, {
      input: {},
      ...(key === undefined ? {} : { key }),
    })
    await settled()
    await scene.clock.advance(500)
    const { sagaId, result } = await starting
    await expect(result()).resolves.toMatchObject({ status: 'completed' })
    const [record] = process.starts
    expect(process.starts).toEqual(Array.from({ length: times + 1 }, () => record))
    expect(sagaId).toBe(record?.sagaId)
    const claims = calls.filter(({ method }) => method === 'claim').map(({ args }) => args[0])
    const { claimId } = record?.claim ?? { claimId: 'none' }
    expect(claims).toMatchObject([[{ sagaId, claimId, nonce: record?.task.nonce }]])
    expect(await scene.rows(sagaId)).toEqual([
      ['saga_started'],
      ['action_succeeded', 'saga_completed'],
    ])
    expect(runs).toBe(1)
    await settled()
    await (await process.backstep.start(saga, { input: {} })).result()
    expect(process.seats.at(-1)).toBe(true)
  },
)

test('a start that is never answered still has its saga run at once, under the claim that it was born with', async () => {
  const scene = new ClockedEngine()
  const process = scene.process(losingReplies(3))
  let runs = 0
  const saga = order.step('pay', {
    action: () => void (runs += 1),
    compensation: () => {},
    retry: soon,
  })
  await process.work([saga], { concurrency: 1 })
  const starting = process.backstep.start(saga, { input: {} })
  const [ends] = await Promise.all([
    Promise.allSettled([starting]),
    settled().then(() => scene.clock.advance(700)),
  ])
  expect(ends).toMatchObject([{ status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE' } }])
  const lost = process.starts[0]?.sagaId ?? ''
  await scene.until(lost, 'completed')
  expect(runs).toBe(1)
  // And its place is free again.
  await (await process.backstep.start(saga, { input: {} })).result()
  expect(process.seats).toEqual([true, true, true, true])
})

test('a start whose key is busy keeps no place from others while it waits', async () => {
  const scene = new ClockedEngine()
  let open = true
  const process = scene.process(async ({ method, args, pass }) => {
    const [batch] = args
    // As Postgres does while a transaction that has taken the key is open.
    if (method === 'start' && open && JSON.stringify(batch).includes('"held"'))
      return [{ status: 'busy', sagaId: 'nobody' }]
    return pass()
  })
  const saga = order.step('pay', { action: () => 1, compensation: () => {} })
  await process.work([saga], { concurrency: 1 })
  const waiting = process.backstep.start(saga, { input: {}, key: 'held' })
  await settled()
  const other = await process.backstep.start(saga, { input: {}, key: 'free' })
  await expect(other.result()).resolves.toMatchObject({ status: 'completed' })
  open = false
  const [handle] = await Promise.all([waiting, settled().then(() => scene.clock.advance(400))])
  await scene.until(handle.sagaId, 'completed')
  // The second try is without a claim, and takes the queue.
  expect(process.seats).toEqual([true, true, false])
})

test('a start whose key stays busy is given up, and says so', async () => {
  const scene = new ClockedEngine()
  const process = scene.process(async ({ method, pass }) =>
    method === 'start' ? [{ status: 'busy', sagaId: 'nobody' }] : pass(),
  )
  const saga = order.step('pay', { action: () => 1, compensation: () => {} })
  const [ends] = await Promise.all([
    Promise.allSettled([process.backstep.start(saga, { input: {}, key: 'held' })]),
    settled().then(() => scene.clock.advance(31_000)),
  ])
  expect(ends).toMatchObject([
    { status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE', message: /"held"/ } },
  ])
})

test('a start whose first answer took longer than its lease finds its saga in other hands, and frees its place', async () => {
  const scene = new ClockedEngine()
  const answer = gate()
  let held = false
  const slow = scene.process(async ({ method, pass }) => {
    // Else it would take its own saga over.
    if (method === 'takeOver') return []
    const result = await pass()
    if (method !== 'start' || held) return result
    held = true
    await answer.passed
    throw away()
  })
  const other = scene.process()
  const runs: string[] = []
  const saga = (by: string) =>
    order.step('pay', { action: () => void runs.push(by), compensation: () => {}, retry: soon })
  await slow.work([saga('slow')], { concurrency: 1 })
  const starting = slow.backstep.start(saga('slow'), { input: {} })
  await settled()
  const sagaId = slow.starts[0]?.sagaId ?? ''
  await other.work([saga('other')])
  await scene.clock.advance(13_000)
  await scene.until(sagaId, 'completed')
  answer.open()
  await settled()
  await scene.clock.advance(200)
  await expect(starting).resolves.toMatchObject({ sagaId })
  await settled()
  await (await slow.backstep.start(saga('slow'), { input: {} })).result()
  expect(slow.seats.at(-1)).toBe(true)
  expect(runs).toEqual(['other', 'slow'])
})

test('a start that was answered beyond its own deadline starts no handler, and gives its task back', async () => {
  const scene = new ClockedEngine()
  const answer = gate()
  const process = scene.process(async ({ method, pass }) => {
    if (method === 'takeOver') return []
    const result = await pass()
    if (method === 'start') await answer.passed
    return result
  })
  let runs = 0
  const saga = order.step('pay', { action: () => void (runs += 1), compensation: () => {} })
  await process.work([saga], { concurrency: 1, sweep: '1h' })
  const starting = process.backstep.start(saga, { input: {} })
  await settled()
  // The lease is 10 s, less a margin of 1 s.
  await scene.clock.advance(9_100)
  answer.open()
  const { sagaId } = await starting
  await settled()
  expect(runs).toBe(0)
  expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: false, deliveries: 1 }])
  expect(await scene.rows(sagaId)).toEqual([['saga_started']])
})
