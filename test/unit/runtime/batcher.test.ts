import { expect, test } from 'vitest'

import { BackstepError } from '../../../packages/engine/src/core/backstep-error.ts'
import { Batcher, type BatcherOptions } from '../../../packages/engine/src/runtime/batcher.ts'
import { eventually } from '../../support/eventually.ts'
import { gate } from './gate.ts'

type Send = BatcherOptions<string, string>['send']

const done: Send = async (batch) => batch.map((item) => `${item} done`)

/** A batcher of words: two that begin with the same letter have the same name. */
function words(send: Send, rest: Partial<BatcherOptions<string, string>> = {}) {
  const sent: (readonly string[])[] = []
  const batcher = new Batcher<string, string>({
    send: (batch) => {
      sent.push(batch)
      return send(batch)
    },
    nameOf: (word) => word.slice(0, 1),
    limit: 3,
    maximumPending: 10,
    ...rest,
  })
  return { batcher, sent }
}

test('what is submitted together goes in one batch, in order, and each gets its own result', async () => {
  const { batcher, sent } = words(done)
  const results = await Promise.all(['a', 'b', 'c'].map((word) => batcher.submit(word)))
  expect(results).toEqual(['a done', 'b done', 'c done'])
  expect(sent).toEqual([['a', 'b', 'c']])
})

test('what comes while a batch is under way goes with the next, up to the limit', async () => {
  const first = gate()
  const { batcher, sent } = words(async (batch) => {
    if (batch.includes('a')) await first.passed
    return done(batch)
  })
  const results = [batcher.submit('a')]
  await eventually(() => expect(sent).toHaveLength(1))
  for (const word of ['b', 'c', 'd', 'e']) results.push(batcher.submit(word))
  first.open()
  await Promise.all(results)
  expect(sent).toEqual([['a'], ['b', 'c', 'd'], ['e']])
})

test('two of one name never share a batch, and keep their order', async () => {
  const { batcher, sent } = words(done)
  await Promise.all(['a1', 'b1', 'a2', 'c1', 'a3'].map((word) => batcher.submit(word)))
  expect(sent).toEqual([['a1', 'b1', 'c1'], ['a2'], ['a3']])
})

test('one that cannot be written fails alone', async () => {
  const { batcher, sent } = words(async (batch) => {
    if (batch.includes('bad')) throw new RangeError('This one cannot be stored.')
    return done(batch)
  })
  const results = await Promise.allSettled(['a', 'bad', 'c'].map((word) => batcher.submit(word)))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(sent).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']])
})

test('when the store is away all fail at once, and the next ones are tried again', async () => {
  let away = true
  const { batcher, sent } = words(async (batch) => {
    if (away) throw new BackstepError('DATABASE_UNAVAILABLE', 'Postgres is away.')
    return done(batch)
  })
  const results = await Promise.allSettled(['a', 'b'].map((word) => batcher.submit(word)))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(sent).toEqual([['a', 'b']])
  away = false
  await expect(batcher.submit('c')).resolves.toBe('c done')
})

test('more than may wait are turned away, and nothing else is lost by it', async () => {
  const { batcher } = words(done, { maximumPending: 2 })
  const results = await Promise.allSettled(['a', 'b', 'c'].map((word) => batcher.submit(word)))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  expect(results[2]).toMatchObject({ reason: { code: 'OVERLOADED' } })
})

test('nothing is a result like any other, and no result is an error of its own item', async () => {
  const batcher = new Batcher<string, string | null>({
    send: async (batch) => batch.slice(0, 2).map((item) => (item === 'a' ? null : item)),
    nameOf: (item) => item,
    limit: 3,
    maximumPending: 10,
  })
  const results = await Promise.allSettled(['a', 'b', 'c'].map((item) => batcher.submit(item)))
  expect(results.slice(0, 2)).toEqual([
    { status: 'fulfilled', value: null },
    { status: 'fulfilled', value: 'b' },
  ])
  expect(results[2]).toMatchObject({ status: 'rejected', reason: expect.any(RangeError) })
})

test('of a large batch each gets its own result, in order', async () => {
  const { batcher } = words(done, { nameOf: (word) => word, limit: 500, maximumPending: 500 })
  const told: string[] = []
  const items = Array.from({ length: 500 }, (_, index) => String(index))
  await Promise.all(items.map(async (item) => void told.push(await batcher.submit(item))))
  expect(told).toEqual(items.map((item) => `${item} done`))
})
