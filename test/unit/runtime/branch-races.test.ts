import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { MemoryStore } from '../../../packages/engine/src/memory/index.ts'
import { settled } from './clocked-engine.ts'
import { gate, never } from './gate.ts'
import { interceptedStore, type StoreCall } from './intercepted-store.ts'
import { anyInput, defineSaga, engineOn, eventsOf, typesOf, work } from './memory-engine.ts'

type Wait = () => Promise<unknown>

const patient = { lease: '5s', heartbeat: '300ms' } as const
const atOnce: Wait = () => Promise.resolve()
const memory = () => new MemoryStore({ now: () => Date.now() })

/** A step that says when it runs, and what it is undone as. */
function noted(log: string[], name: string, action = atOnce, undo = atOnce) {
  return {
    action: async () => {
      log.push(name)
      await action()
      return name
    },
    compensation: async ({ outcome }: { readonly outcome: string }) => {
      log.push(`undo ${name} ${outcome}`)
      await undo()
    },
    barrier: true,
  } as const
}

type Siblings = 'drain' | 'waitAll' | 'failFast'

interface Waits {
  readonly [step: string]: Wait | undefined
}

/** Branch `a` fails when it is told to. */
function trip(log: string[], waits: Waits, siblings: Siblings = 'failFast') {
  const failing = async () => {
    await waits['a1']?.()
    throw reject('full', 'It is full.')
  }
  return defineSaga({ name: 'trip', version: 1, input: anyInput }).parallel(
    'book',
    (fork) =>
      fork
        .branch('a', (branch) => branch.step('a1', noted(log, 'a1', failing)))
        .branch('b', (branch) =>
          branch
            .step('b1', noted(log, 'b1', waits['b1'], waits['undo b1']))
            .step('b2', noted(log, 'b2')),
        )
        .branch('c', (branch) => branch.step('c1', noted(log, 'c1', waits['c1']))),
    { siblings },
  )
}

function claimsB({ method, args }: StoreCall): boolean {
  return method === 'claim' && JSON.stringify(args).includes('"book/b"')
}

function appends({ method, args }: StoreCall, ...words: readonly string[]): boolean {
  const text = JSON.stringify(args)
  return method === 'append' && words.every((word) => text.includes(`"${word}"`))
}

/** While the row of `c1` is on its way, other branches see something, in this order. */
async function race(order: readonly ('a1' | 'b1' | 'b claimed')[], siblings?: Siblings) {
  const gates = { a1: gate(), b1: gate(), 'b claimed': gate() }
  const { a1, b1, 'b claimed': claimed } = gates
  const c1 = gate()
  const onItsWay = gate()
  const row = gate()
  const store = interceptedStore(memory(), async (call) => {
    if (appends(call, 'action_succeeded', 'c1')) {
      onItsWay.open()
      await row.passed
    }
    const answer = await call.pass()
    if (order.includes('b claimed') && claimsB(call)) await claimed.passed
    return answer
  })
  const { backstep } = engineOn(store)
  const log: string[] = []
  const waits = { a1: () => a1.passed, b1: () => b1.passed, c1: () => c1.passed }
  const saga = trip(log, waits, siblings)
  await work(backstep, [saga], patient)
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  const begun = order.includes('b claimed') ? ['a1', 'c1'] : ['a1', 'b1', 'c1']
  await eventually(() => expect(log.toSorted()).toEqual(begun))
  c1.open()
  await onItsWay.passed
  for (const name of order) {
    gates[name].open()
    await settled()
  }
  row.open()
  await expect(result({ timeout: '4s' })).resolves.toMatchObject({ status: 'compensated' })
  return { log, backstep, sagaId }
}

test('a branch that is given up in the row that has its success starts nothing more', async () => {
  const { log, backstep, sagaId } = await race(['b1', 'a1'])
  const { journal } = await backstep.describe(sagaId)
  const types = journal[3]?.events.map(({ type }) => type)
  expect(types?.slice(0, 2)).toEqual(['action_succeeded', 'action_rejected'])
  expect(types).toContain('branches_abandoned')
  expect(log).not.toContain('b2')
  expect(log.filter((line) => line.startsWith('undo b1'))).toEqual(['undo b1 succeeded'])
})

test('a branch makes no other attempt where the row of its success has the failure of one beside it', async () => {
  const { log, backstep, sagaId } = await race(['b1', 'a1'], 'drain')
  const { journal } = await backstep.describe(sagaId)
  const types = journal[3]?.events.map(({ type }) => type)
  expect(types).toEqual(['action_succeeded', 'action_rejected', 'branch_failed'])
  expect(log).not.toContain('b2')
  expect(log.filter((line) => line.startsWith('undo b'))).toEqual(['undo b1 succeeded'])
})

test('a branch goes on where the row of its success has the failure of one that nobody stops for', async () => {
  const { log } = await race(['b1', 'a1'], 'waitAll')
  expect(log).toContain('b2')
  expect(log.filter((line) => line.startsWith('undo b'))).toEqual([
    'undo b2 succeeded',
    'undo b1 succeeded',
  ])
})

test('a success that is seen behind the failure that gives its branch up is kept as late', async () => {
  const { log, backstep, sagaId } = await race(['a1', 'b1'])
  const late = { step: 'b1', kind: 'action', outcome: { status: 'succeeded', output: 'b1' } }
  await eventually(async () => {
    const events = await eventsOf(backstep, sagaId)
    expect(events).toContainEqual(expect.objectContaining({ type: 'late_result', ...late }))
  })
  expect(log).not.toContain('b2')
})

test('an undo runs under one claim when its branch was claimed and given up in one row', async () => {
  const { log } = await race(['a1', 'b claimed'])
  expect(log.filter((line) => line.startsWith('undo b1'))).toEqual(['undo b1 unknown'])
  expect(log).not.toContain('b1')
})

test('a claim whose answer comes when its branch was given up and opened again is on a former one', async () => {
  const answer = gate()
  const undo = gate()
  const joined = gate()
  let claims = 0
  const store = interceptedStore(memory(), async (call) => {
    const claim = claimsB(call)
    if (claim) claims += 1
    const isFirst = claim && claims === 1
    const claimed = await call.pass()
    if (!isFirst) return claimed
    await answer.passed
    joined.open()
    return claimed
  })
  const { backstep } = engineOn(store)
  const log: string[] = []
  const a1 = gate()
  const saga = trip(log, { a1: () => a1.passed, c1: () => never, 'undo b1': () => undo.passed })
  await work(backstep, [saga], patient)
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  await eventually(() => expect([claims, log.includes('a1')]).toEqual([1, true]))
  a1.open()
  await eventually(() => expect(log).toContain('undo b1 unknown'))
  answer.open()
  await joined.passed
  await settled()
  expect(log.filter((line) => line.startsWith('undo b1'))).toEqual(['undo b1 unknown'])
  undo.open()
  await expect(result({ timeout: '4s' })).resolves.toMatchObject({ status: 'compensated' })
  expect(log.filter((line) => line.startsWith('undo b1'))).toEqual(['undo b1 unknown'])
  expect(log).not.toContain('b1')
  expect(await typesOf(backstep, sagaId)).not.toContain('lease_lost')
})

/** Everything of a process that dies behind this row: it claims nothing more. */
function dyingAt(store: MemoryStore, event: string) {
  const searches = new Set(['takeOver', 'findOverdue', 'findUndispatched'])
  const died = gate()
  let isDead = false
  const behind = interceptedStore(store, async (call) => {
    if (isDead && searches.has(call.method)) return []
    if (isDead && call.method === 'claim') {
      const [batch] = call.args
      return Array.isArray(batch) ? batch.map(() => null) : []
    }
    const isLast = appends(call, event)
    if (isLast) isDead = true
    const answer = await call.pass()
    if (isLast) died.open()
    return answer
  })
  return { store: behind, died: died.passed }
}

const items = Array.from({ length: 60 }, (_, index) => index)

/** All items at once, of which the first fails: nobody waits for the others. */
function list(handlers: {
  readonly act: (index: number) => Promise<never>
  readonly undo: (index: number) => Promise<void>
}) {
  return defineSaga({ name: 'list', version: 1, input: anyInput }).forEach(
    'ship',
    () => items,
    (item) =>
      item.step('parcel', {
        action: ({ index }) => handlers.act(index),
        compensation: ({ index }) => handlers.undo(index),
        barrier: true,
      }),
    { siblings: 'failFast', concurrency: items.length },
  )
}

test('another process undoes each of many items that were given up once, and loses no lease', async () => {
  const store = memory()
  const { store: behind, died } = dyingAt(store, 'branches_abandoned')
  const fail = gate()
  let begun = 0
  const undone: number[] = []
  const saga = list({
    act: async (index) => {
      begun += 1
      if (index > 0) return never
      await fail.passed
      throw reject('lost', 'It is lost.')
    },
    undo: async (index) => {
      undone.push(index)
      await settled()
    },
  })
  const first = engineOn(behind)
  const second = engineOn(store)
  await work(first.backstep, [saga], patient)
  const { sagaId } = await first.backstep.start(saga, { input: {} })
  await eventually(() => expect(begun).toBe(items.length))
  fail.open()
  await died
  await work(second.backstep, [saga], patient)
  await eventually(async () => {
    expect(await second.backstep.get(sagaId)).toMatchObject({ status: 'compensated' })
  })
  expect(undone.toSorted((a, b) => a - b)).toEqual(items.slice(1))
  expect(await typesOf(second.backstep, sagaId)).not.toContain('lease_lost')
})
