import { expect, test } from 'vitest'
import { ManualClock } from '../../../packages/engine/src/memory/index.ts'
import { WatchedConsumer } from '../../../packages/engine/src/runtime/watched-consumer.ts'
import { never } from './gate.ts'
import { recordedLines } from './recorded-lines.ts'

interface FakeConsumer {
  isTaking: boolean
  isClosed: boolean
  readonly heard: () => void
}

/** A watch over consumers that do as the test says. */
function watch(options: { readonly close?: () => Promise<void> } = {}) {
  const clock = new ManualClock()
  const { lines, logger } = recordedLines()
  const opened: FakeConsumer[] = []
  const refusal: { error: Error | null } = { error: null }
  const watched = new WatchedConsumer({
    queue: 'default',
    clock,
    logger,
    open: (heard) => {
      if (refusal.error !== null) throw refusal.error
      const consumer = { isTaking: true, isClosed: false, heard }
      opened.push(consumer)
      return {
        get isTaking() {
          return consumer.isTaking
        },
        close: () => {
          consumer.isClosed = true
          return options.close?.() ?? Promise.resolve()
        },
      }
    },
  })
  const last = (): FakeConsumer | undefined => opened.at(-1)
  /** Lets time pass, half a second at a time. */
  const pass = async (ms: number, each = (): void => {}): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 500) {
      await clock.advance(500)
      each()
      watched.check()
    }
  }
  const deafen = (): void => {
    const consumer = last()
    if (consumer !== undefined) consumer.isTaking = false
  }
  return { watched, opened, lines, refusal, last, pass, deafen }
}

test('one that takes is left alone, hints or not', async () => {
  const { opened, pass } = watch()
  await pass(600_000)
  expect(opened).toHaveLength(1)
})

test('one that has not taken for five seconds is replaced, counted and told of', async () => {
  const { watched, opened, lines, pass, deafen } = watch()
  deafen()
  await pass(5_000)
  expect(opened).toHaveLength(1)
  await pass(500)
  expect(opened).toMatchObject([{ isClosed: true }, { isClosed: false }])
  expect(watched.replaced).toBe(1)
  expect(watched.isTaking).toBe(true)
  expect(lines).toEqual(['warn: a consumer that had gone silent was replaced'])
})

test('one that takes again in time is left alone', async () => {
  const { opened, pass, deafen, last } = watch()
  deafen()
  await pass(5_000)
  const consumer = last()
  if (consumer !== undefined) consumer.isTaking = true
  await pass(500)
  deafen()
  await pass(5_000)
  expect(opened).toHaveLength(1)
})

test('one that brings no hints while sweeps keep finding their tasks is replaced', async () => {
  const { watched, opened, pass } = watch()
  await pass(5_000, () => watched.swept(true))
  expect(opened).toHaveLength(1)
  await pass(500, () => watched.swept(true))
  expect(opened).toHaveLength(2)
})

test.each([
  ['a hint has come', ({ last }: ReturnType<typeof watch>) => last()?.heard()],
  ['a sweep has found nothing', ({ watched }: ReturnType<typeof watch>) => watched.swept(false)],
])('what sweeps have found before counts no more when %s', async (_, happens) => {
  const scene = watch()
  const { watched, opened, pass } = scene
  await pass(5_000, () => watched.swept(true))
  happens(scene)
  await pass(5_000, () => watched.swept(true))
  expect(opened).toHaveLength(1)
})

test('the time between replacements doubles up to a minute, and only the first is told of', async () => {
  const { opened, lines, pass, deafen } = watch()
  await pass(600_000, deafen)
  // 5.5 s, then after 5, 10, 20 and 40 s, then every minute.
  expect(opened.length).toBeGreaterThan(12)
  expect(opened.length).toBeLessThan(18)
  expect(lines).toHaveLength(1)
})

test('after half a minute without silence the next one is answered as soon as the first', async () => {
  const { opened, lines, pass, deafen } = watch()
  await pass(60_000, deafen)
  await pass(130_000)
  const before = opened.length
  deafen()
  await pass(5_500)
  expect(opened.length).toBe(before + 1)
  expect(lines).toHaveLength(2)
})

test('nothing waits for the end of the one that is replaced', async () => {
  const { opened, watched, pass, deafen } = watch({ close: () => never })
  deafen()
  await pass(6_000)
  expect(opened).toHaveLength(2)
  expect(watched.isTaking).toBe(true)
})

test('one that does not close in order harms nobody', async () => {
  const { watched, lines, pass, deafen } = watch({ close: () => Promise.reject(new Error('no')) })
  deafen()
  await pass(6_000)
  expect(lines).toContain('warn: a consumer did not close in order')
  await watched.close()
})

test('one that cannot be opened is tried again, later and later', async () => {
  const { watched, opened, lines, refusal, pass, deafen } = watch()
  deafen()
  refusal.error = new Error('no')
  await pass(20_000)
  expect(opened).toHaveLength(1)
  expect(watched.isTaking).toBe(false)
  expect(lines).toEqual(['warn: a consumer that had gone silent could not be replaced yet'])
  refusal.error = null
  await pass(60_000)
  expect(opened).toHaveLength(2)
  expect(watched).toMatchObject({ isTaking: true, replaced: 1 })
})

test('a closed one is not replaced', async () => {
  const { watched, opened, pass } = watch()
  await watched.close()
  await pass(60_000)
  expect(opened).toMatchObject([{ isClosed: true }])
})

test('hints are counted across replacements', async () => {
  const { watched, pass, deafen, last } = watch()
  last()?.heard()
  deafen()
  await pass(6_000)
  last()?.heard()
  expect(watched.taken).toBe(2)
})
