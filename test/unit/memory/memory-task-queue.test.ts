import { MemoryTaskQueue } from '@backstep/engine/memory'
import { expect, test } from 'vitest'

import type { ConsumeOptions } from '../../../packages/engine/src/ports/task-queue.ts'
import type { TaskHint } from '../../../packages/engine/src/ports/task-store.ts'
import { eventually } from '../../support/eventually.ts'

const hint = (sagaId: string, nonce = 'n1'): TaskHint => ({
  sagaId,
  branch: 'main',
  queue: 'orders',
  nonce,
})

/** Takes hints and holds each in hand until it is let go. */
const handler = (concurrency: number) => {
  const taken: string[] = []
  const letGo: (() => void)[] = []
  const errors: Error[] = []
  const options: ConsumeOptions = {
    concurrency,
    onHint: async ({ sagaId }) => {
      taken.push(sagaId)
      await new Promise<void>((resolve) => letGo.push(resolve))
    },
    onError: (error) => errors.push(error),
  }
  return { taken, letGo, errors, options }
}

test('hints arrive after dispatch has returned, in their order', async () => {
  const queue = new MemoryTaskQueue()
  const { taken, options } = handler(10)
  queue.consume('orders', options)
  const sent = queue.dispatch([hint('a'), hint('b'), hint('c')])
  expect(taken).toEqual([])
  await sent
  await eventually(() => expect(taken).toEqual(['a', 'b', 'c']))
})

test('hints wait for a consumer of their own queue', async () => {
  const queue = new MemoryTaskQueue()
  await queue.dispatch([hint('a'), { ...hint('b'), queue: 'payments' }])
  const { taken, options } = handler(10)
  queue.consume('payments', options)
  await eventually(() => expect(taken).toEqual(['b']))
})

test('a consumer has no more hints in hand than it said', async () => {
  const queue = new MemoryTaskQueue()
  const { taken, letGo, options } = handler(2)
  queue.consume('orders', options)
  await queue.dispatch(['a', 'b', 'c', 'd'].map((sagaId) => hint(sagaId)))
  await eventually(() => expect(taken).toEqual(['a', 'b']))
  letGo[0]?.()
  await eventually(() => expect(taken).toEqual(['a', 'b', 'c']))
})

test('a hint that waits absorbs its duplicate, one in hand does not', async () => {
  const queue = new MemoryTaskQueue()
  const { taken, letGo, options } = handler(1)
  queue.consume('orders', options)
  await queue.dispatch([hint('a')])
  await eventually(() => expect(taken).toEqual(['a']))
  await queue.dispatch([hint('a'), hint('a'), hint('b'), hint('b', 'n2'), hint('b')])
  for (let count = 0; count < 4; count += 1) {
    await eventually(() => expect(letGo.length).toBeGreaterThan(count))
    letGo[count]?.()
  }
  await eventually(() => expect(taken).toEqual(['a', 'a', 'b', 'b']))
})

test('each hint goes to one of several consumers', async () => {
  const queue = new MemoryTaskQueue()
  const [one, two] = [handler(1), handler(1)]
  queue.consume('orders', one.options)
  queue.consume('orders', two.options)
  await queue.dispatch([hint('a'), hint('b'), hint('c')])
  await eventually(() => expect([...one.taken, ...two.taken]).toEqual(['a', 'b']))
  expect(one.taken).toHaveLength(1)
})

test('a closed consumer takes nothing more, and waits for what is in hand', async () => {
  const queue = new MemoryTaskQueue()
  const { taken, letGo, options } = handler(1)
  const consumer = queue.consume('orders', options)
  await queue.dispatch([hint('a'), hint('b')])
  await eventually(() => expect(taken).toEqual(['a']))
  let closed = false
  const closing = consumer.close().then(() => (closed = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect(closed).toBe(false)
  letGo[0]?.()
  await closing
  expect(taken).toEqual(['a'])
})

test('a handler that fails is reported, and the next hint is taken', async () => {
  const queue = new MemoryTaskQueue()
  const { taken, errors, options } = handler(1)
  const onHint = async ({ sagaId }: TaskHint): Promise<void> => {
    taken.push(sagaId)
    throw new Error(`no ${sagaId}`)
  }
  queue.consume('orders', { ...options, onHint })
  await queue.dispatch([hint('a'), hint('b')])
  await eventually(() => expect(taken).toEqual(['a', 'b']))
  expect(errors.map(({ message }) => message)).toEqual(['no a', 'no b'])
})

test('what exceeds the capacity is lost', async () => {
  const queue = new MemoryTaskQueue({ capacity: 2 })
  await queue.dispatch([hint('a'), hint('b'), hint('c')])
  const { taken, options } = handler(10)
  queue.consume('orders', options)
  await eventually(() => expect(taken).toEqual(['a', 'b']))
})

test('a closed queue sends nothing, and a concurrency of nothing is refused', async () => {
  const queue = new MemoryTaskQueue()
  await queue.close()
  await expect(queue.dispatch([hint('a')])).rejects.toMatchObject({ code: 'WORKER_STOPPED' })
  const { options } = handler(0)
  expect(() => queue.consume('orders', options)).toThrow('concurrency')
})
