import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { MemoryTaskQueue } from '../../../packages/engine/src/memory/index.ts'
import type { TaskQueue } from '../../../packages/engine/src/ports/task-queue.ts'
import type { TaskHint } from '../../../packages/engine/src/ports/task-store.ts'
import { HintSender } from '../../../packages/engine/src/runtime/hint-sender.ts'
import { LocalWorkers } from '../../../packages/engine/src/runtime/local-workers.ts'
import { silentLogger } from '../../../packages/engine/src/runtime/silent-logger.ts'
import { systemClock } from '../../../packages/engine/src/runtime/system-clock.ts'
import { gate } from './gate.ts'
import { anyInput, defineSaga, engineOn, memoryEngine, work } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

/** A queue that does something to hints on their way. */
function queueThat(deliver: (hints: readonly TaskHint[]) => readonly TaskHint[]): TaskQueue {
  const queue = new MemoryTaskQueue()
  return {
    dispatch: (hints) => queue.dispatch(deliver(hints)),
    consume: (name, options) => queue.consume(name, options),
    close: () => queue.close(),
  }
}

/** Two steps on a queue each, and what they did. */
function twoQueues() {
  const ran: string[] = []
  const saga = order
    .step('one', { action: () => void ran.push('one'), compensation: () => {}, queue: 'left' })
    .step('two', { action: () => void ran.push('two'), compensation: () => {}, queue: 'right' })
    .step('three', { action: () => void ran.push('three'), compensation: () => {}, queue: 'left' })
  return { saga, ran }
}

test('a saga whose steps are on two queues is passed between the workers that serve them', async () => {
  const { store, engine, backstep } = memoryEngine()
  const { saga, ran } = twoQueues()
  const right = engineOn(store, { queue: engine.queue })
  const served: string[] = []
  await work(backstep, [saga], {
    queues: ['left'],
    eagerFirstTurn: false,
    observer: { stepEnded: ({ step }) => void served.push(`left ${step}`) },
  })
  await work(right.backstep, [saga], {
    queues: ['right'],
    observer: { stepEnded: ({ step }) => void served.push(`right ${step}`) },
  })
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(ran).toEqual(['one', 'two', 'three'])
  expect(served).toEqual(['left one', 'right two', 'left three'])
})

test('a saga runs although every hint is lost', async () => {
  const { backstep } = memoryEngine({ queue: queueThat(() => []) })
  const { saga, ran } = twoQueues()
  await work(backstep, [saga], { eagerFirstTurn: false })
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '4s' })).resolves.toMatchObject({ status: 'completed' })
  expect(ran).toEqual(['one', 'two', 'three'])
})

test.each([
  ['that hints begin', false],
  ['that have begun without', true],
])(
  'hints that are repeated, reordered and forged start nothing twice of sagas %s',
  async (_, eagerFirstTurn) => {
    const forged = { sagaId: 'no saga', branch: 'main', queue: 'left', nonce: 'no nonce' }
    const seen: TaskHint[] = []
    const queue = queueThat((hints) => {
      seen.push(...hints)
      const wrong = hints.map((hint) => ({ ...hint, nonce: 'guessed' }))
      return [...wrong, forged, ...seen.toReversed(), ...hints]
    })
    const { backstep } = memoryEngine({ queue })
    const { saga, ran } = twoQueues()
    await work(backstep, [saga], { eagerFirstTurn })
    const handles = await Promise.all(
      Array.from({ length: 10 }, () => backstep.start(saga, { input: {} })),
    )
    await Promise.all(handles.map((handle) => handle.result({ timeout: '3s' })))
    expect(ran).toHaveLength(30)
  },
)

test('tasks of a queue that nobody serves here are sent again, under the nonce that they have', async () => {
  const { store } = memoryEngine()
  const sent: TaskHint[] = []
  const queue = queueThat((hints) => {
    sent.push(...hints)
    return []
  })
  const { backstep } = engineOn(store, { queue })
  const saga = order.step('one', { action: () => 1, compensation: () => {}, queue: 'elsewhere' })
  const local = defineSaga({ name: 'local', version: 1, input: anyInput }).step('do', {
    action: () => 1,
    compensation: () => {},
  })
  await work(backstep, [local])
  const handle = await backstep.start(saga, { input: {} })
  await eventually(() => expect(sent.length).toBeGreaterThan(1))
  expect(new Set(sent.map(({ sagaId, nonce }) => `${sagaId} ${nonce}`)).size).toBe(1)
  expect(sent[0]).toMatchObject({ sagaId: handle.sagaId, queue: 'elsewhere' })
})

test('dispatchNow sends the hint of a saga once more, to no harm', async () => {
  const sent: TaskHint[] = []
  const queue = queueThat((hints) => {
    sent.push(...hints)
    return []
  })
  const { backstep } = memoryEngine({ queue })
  const { saga } = twoQueues()
  const handle = await backstep.start(saga, { input: {} })
  await handle.dispatchNow()
  expect(sent).toHaveLength(2)
  expect(sent[1]).toEqual(sent[0])
})

/** A sender in a process without workers. */
const alone = {
  clock: systemClock,
  logger: silentLogger,
  locals: new LocalWorkers(),
}

function hintOf(nonce: string): TaskHint {
  return { sagaId: 'saga', branch: 'main', queue: 'default', nonce }
}

test('a hint sender sends what gathers meanwhile together, at most 1,000 at once', async () => {
  const batches: number[] = []
  const first = gate()
  const sender = new HintSender({
    ...alone,
    queue: {
      dispatch: async (hints) => {
        batches.push(hints.length)
        await first.passed
      },
    },
  })
  sender.send([hintOf('a')])
  sender.send([hintOf('b')])
  await eventually(() => expect(batches).toEqual([2]))
  for (let index = 0; index < 1_500; index += 1) sender.send([hintOf(String(index))])
  first.open()
  await sender.flush()
  expect(batches).toEqual([2, 1_000, 500])
})

test('a hint sender keeps 10,000 hints for a queue that does not answer, and gives up the rest', async () => {
  const first = gate()
  let sent = 0
  const sender = new HintSender({
    ...alone,
    queue: {
      dispatch: async (hints) => {
        sent += hints.length
        await first.passed
      },
    },
  })
  const lost: number[] = []
  const unlisten = sender.onFailure((count) => void lost.push(count))
  sender.send(Array.from({ length: 10_000 }, (_, index) => hintOf(String(index))))
  sender.send([hintOf('one more'), hintOf('and one')])
  expect(lost).toEqual([2])
  first.open()
  await sender.flush()
  expect(sent).toBe(10_000)
  unlisten()
})

test('a hint sender goes on after a queue that failed, and counts what was lost', async () => {
  let fails = true
  const sent: string[] = []
  const sender = new HintSender({
    ...alone,
    queue: {
      dispatch: async (hints) => {
        if (fails) throw new Error('away')
        sent.push(...hints.map(({ nonce }) => nonce))
      },
    },
  })
  const lost: number[] = []
  sender.onFailure((count) => void lost.push(count))
  sender.send([hintOf('a')])
  await sender.flush()
  fails = false
  sender.send([hintOf('b')])
  await sender.flush()
  expect(lost).toEqual([1])
  expect(sent).toEqual(['b'])
})
