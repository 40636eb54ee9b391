import { expect, test } from 'vitest'
import { MemoryTaskQueue } from '../../../packages/engine/src/memory/index.ts'
import type { TaskQueue } from '../../../packages/engine/src/ports/task-queue.ts'
import type { TaskHint } from '../../../packages/engine/src/ports/task-store.ts'
import { anyInput, defineSaga, engineOn, memoryEngine, work } from './memory-engine.ts'

const onBothSides = defineSaga({ name: 'sides', version: 1, input: anyInput })
  .step('one', { action: () => null, compensation: () => {}, queue: 'left' })
  .step('two', { action: () => null, compensation: () => {}, queue: 'right' })

const onTheLeft = defineSaga({ name: 'left only', version: 1, input: anyInput }).step('only', {
  action: () => null,
  compensation: () => {},
  queue: 'left',
})

const otherSide = (hint: TaskHint): TaskHint => {
  return { ...hint, queue: hint.queue === 'left' ? 'right' : 'left' }
}

/** Every hint comes by the other queue: whoever can write to the queue can do that. */
function misdirectingQueue(): TaskQueue {
  const queue = new MemoryTaskQueue()
  return {
    dispatch: (hints) => queue.dispatch(hints.map(otherSide)),
    consume: (name, options) => queue.consume(name, options),
    close: () => queue.close(),
  }
}

test('a task that is hinted to a worker of another queue is run by those who serve its own', async () => {
  const { store, engine, backstep } = memoryEngine({ queue: misdirectingQueue() })
  const right = engineOn(store, { queue: engine.queue })
  const served: string[] = []
  const observer = (side: string) => ({
    stepEnded: ({ step }: { readonly step: string }) => void served.push(`${side} ${step}`),
  })
  await work(backstep, [onBothSides, onTheLeft], {
    queues: ['left'],
    eagerFirstTurn: false,
    observer: observer('left'),
  })
  // It has never heard of the saga that is on the left only.
  await work(right.backstep, [onBothSides], { queues: ['right'], observer: observer('right') })
  const handles = [
    await backstep.start(onBothSides, { input: {} }),
    await backstep.start(onTheLeft, { input: {} }),
  ]
  for (const handle of handles) {
    await expect(handle.result({ timeout: '4s' })).resolves.toMatchObject({ status: 'completed' })
  }
  expect(served.toSorted()).toEqual(['left one', 'left only', 'right two'])
})
