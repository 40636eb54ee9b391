import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import type { WorkerTuning } from '../../../packages/engine/src/runtime/settings.ts'
import { aborted, gate, never } from './gate.ts'
import { away, interceptedStore } from './intercepted-store.ts'
import {
  anyInput,
  defineSaga,
  engineOn,
  eventOf,
  memoryEngine,
  soon,
  stuckRow,
  typesOf,
  work,
} from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

const shortLease: WorkerTuning = { lease: '150ms', heartbeat: '50ms', abortGrace: '10ms' }

const beats: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['fail', () => Promise.reject(away())],
  ['hang', () => never],
  ['go unheard', async () => []],
]

test.each(beats)(
  'a worker whose heartbeats %s loses its saga to another one, and what it still does is late',
  async (_, beat) => {
    const { store, backstep } = memoryEngine()
    const frozen = engineOn(
      interceptedStore(store, async ({ method, pass }) => {
        if (method === 'heartbeat') return beat()
        // Else it would take its own saga over.
        if (method === 'takeOver') throw away()
        return pass()
      }),
    )
    const [started, thaw] = [gate(), gate()]
    const ran: string[] = []
    const reasons: unknown[] = []
    const saga = (by: string) =>
      order
        .step('one', {
          action: async ({ attempt, signal }) => {
            ran.push(`${by} one`)
            if (attempt > 1) return
            started.open()
            await aborted(signal)
            reasons.push(signal.reason)
            await thaw.passed
          },
          compensation: () => {},
          retry: soon,
        })
        .step('two', { action: () => void ran.push(`${by} two`), compensation: () => {} })
    await work(frozen.backstep, [saga('frozen')], shortLease)
    const handle = await frozen.backstep.start(saga('frozen'), { input: {} })
    await started.passed
    await work(backstep, [saga('second')], shortLease)
    await expect(handle.result({ timeout: '4s' })).resolves.toMatchObject({ status: 'completed' })
    thaw.open()
    const late = await eventOf(backstep, handle.sagaId, 'late_result')
    expect(late).toMatchObject({ step: 'one', attempt: 1, outcome: { status: 'succeeded' } })
    expect(ran).toEqual(['frozen one', 'second one', 'second two'])
    expect(reasons).toEqual(['lease_lost'])
  },
)

test('a verdict that is appended after the takeover is late, and its worker decides nothing more', async () => {
  const { store, backstep } = memoryEngine()
  const ran: string[] = []
  const slow = engineOn(
    interceptedStore(store, async ({ method, args, pass }) => {
      if (method === 'heartbeat' || method === 'takeOver') throw away()
      const [batch] = args
      // The append is on its way for so long that the lease runs out and somebody else takes over.
      if (method === 'append' && JSON.stringify(batch).includes('action_succeeded')) {
        const [row] = await backstep.list()
        await eventOf(backstep, row?.sagaId ?? '', 'lease_lost')
      }
      return pass()
    }),
  )
  const saga = (by: string) =>
    order
      .step('one', {
        action: async ({ attempt, sagaId }) => {
          ran.push(`${by} one`)
          if (attempt > 1) await eventOf(backstep, sagaId, 'late_result')
          return by
        },
        compensation: () => {},
      })
      .step('two', { action: () => void ran.push(`${by} two`), compensation: () => {} })
  const first = await work(slow.backstep, [saga('slow')], shortLease)
  const handle = await slow.backstep.start(saga('slow'), { input: {} })
  await eventually(() => expect(ran).toEqual(['slow one']))
  await work(backstep, [saga('second')], shortLease)
  await expect(handle.result({ timeout: '4s' })).resolves.toMatchObject({ status: 'completed' })
  await first.stop()
  expect(ran).toEqual(['slow one', 'second one', 'second two'])
  const types = await typesOf(backstep, handle.sagaId)
  expect(types.filter((type) => type === 'action_succeeded')).toHaveLength(2)
  expect(types.filter((type) => type === 'late_result')).toHaveLength(1)
})

/** Waits until a lease that was granted then is over. */
async function pastLease(startedAtMs: number): Promise<void> {
  await eventually(() => expect(Date.now() - startedAtMs).toBeGreaterThan(180))
}

test('a turn whose append is answered after its lease starts no further handler, and gives its task back', async () => {
  const { store, backstep: observer } = memoryEngine()
  let slow = true
  let releases = 0
  let startedAtMs = 0
  const { backstep } = engineOn(
    interceptedStore(store, async ({ method, pass }) => {
      if (method === 'release') releases += 1
      if (!slow) return pass()
      if (method === 'heartbeat' || method === 'takeOver') throw away()
      const result = await pass()
      if (method === 'append') {
        await pastLease(startedAtMs)
        slow = false
      }
      return result
    }),
  )
  const starts: number[] = []
  const saga = order
    .step('one', { action: () => void (startedAtMs = Date.now()), compensation: () => {} })
    .step('two', { action: () => void starts.push(Date.now()), compensation: () => {} })
  let turns = 0
  await work(backstep, [saga], {
    ...shortLease,
    observer: { leaseTakenOver: () => void (turns += 1) },
  })
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '4s' })).resolves.toMatchObject({ status: 'completed' })
  expect(starts).toHaveLength(1)
  expect(releases).toBe(1)
  expect(turns).toBe(0)
  expect(await typesOf(observer, handle.sagaId)).not.toContain('lease_lost')
})

test('a claim whose heartbeat passes over a busy row is asked for again, and given back', async () => {
  const { store } = memoryEngine()
  let busy = 0
  const { backstep } = engineOn(
    interceptedStore(store, async ({ method, pass }) => {
      // Woken between the reading and the release, and then busy: what a cancel in flight looks like.
      if (method === 'release' && busy === 0) {
        busy = 2
        return []
      }
      if (method === 'heartbeat' && busy > 1) {
        busy = 1
        return []
      }
      return pass()
    }),
  )
  const saga = order.step('pay', {
    action: ({ attempt }) => {
      if (attempt === 1) throw new Error('no')
    },
    compensation: () => {},
    retry: { initialInterval: '30m', maximumInterval: '1h', jitter: 'none' },
  })
  const worker = await work(backstep, [saga], { lease: '30s', heartbeat: '10s' })
  const handle = await backstep.start(saga, { input: {} })
  await eventOf(backstep, handle.sagaId, 'action_failed')
  await store.request({
    sagaId: handle.sagaId,
    appendId: 'outsider',
    events: [
      {
        type: 'late_result',
        branch: 'main',
        step: 'pay',
        kind: 'action',
        attempt: 1,
        claimId: 'gone',
        outcome: { status: 'failed', failure: { kind: 'error', code: 'error', message: '' } },
      },
    ],
  })
  await eventually(async () => {
    const [task] = await store.listTasks(handle.sagaId)
    expect(task).toMatchObject({ claimed: false, deliveries: 2 })
    expect(busy).toBe(1)
  })
  expect(worker.active).toBe(0)
})

test('a step that has killed two workers runs alone, and one that kills five gets its saga stuck', async () => {
  const { store } = memoryEngine()
  const { backstep } = engineOn(
    // Every worker dies of this step: it is never heard of again.
    interceptedStore(store, async ({ method, pass }) => (method === 'heartbeat' ? [] : pass())),
  )
  let others = 0
  const beside: (readonly [number, number])[] = []
  const killer = defineSaga({ name: 'killer', version: 1, input: anyInput }).step('kill', {
    action: async ({ attempt, signal }) => {
      const before = others
      await aborted(signal)
      beside.push([attempt, Math.max(before, others)])
      await never
    },
    compensation: () => {},
  })
  const innocent = order.step('pay', {
    action: async ({ signal }) => {
      others += 1
      await Promise.race([aborted(signal), new Promise((resolve) => setTimeout(resolve, 15))])
      others -= 1
    },
    compensation: () => {},
  })
  await work(backstep, [killer, innocent], { ...shortLease, concurrency: 3 })
  const handle = await backstep.start(killer, { input: {} })
  const stuck = new AbortController()
  const crowd = [1, 2, 3].map(async () => {
    while (!stuck.signal.aborted) {
      const one = await backstep.start(innocent, { input: {} })
      await one.result({ timeout: '4s' })
    }
  })
  const row = await stuckRow(backstep, handle.sagaId)
  stuck.abort()
  await Promise.all(crowd)
  expect(row).toMatchObject({ stuckCode: 'poison_task', stuckStep: 'kill' })
  expect(beside.map(([attempt]) => attempt)).toEqual([1, 2, 3, 4, 5])
  expect(beside.slice(0, 2).every(([, neighbors]) => neighbors > 0)).toBe(true)
  expect(beside.slice(2).every(([, neighbors]) => neighbors === 0)).toBe(true)
})
