import { ManualClock } from '@backstep/engine/memory'
import { expect, test } from 'vitest'

test('time stands still until it is moved', async () => {
  const clock = new ManualClock({ startMs: 1_000 })
  await clock.advance(250)
  expect(clock.monotonicMs()).toBe(250)
  expect(clock.wallMs()).toBe(1_250)
})

test('sleepers wake in the order of their times, each at its own time', async () => {
  const clock = new ManualClock()
  const woken: string[] = []
  const sleeper = async (ms: number): Promise<void> => {
    await clock.sleep(ms)
    woken.push(`${ms} at ${clock.monotonicMs()}`)
  }
  void sleeper(30)
  void sleeper(10)
  void sleeper(99)
  await clock.advance(50)
  expect(woken).toEqual(['10 at 10', '30 at 30'])
  expect(clock.monotonicMs()).toBe(50)
  expect(clock.sleeping).toBe(1)
})

test('a sleep that begins on the way ends on the way', async () => {
  const clock = new ManualClock()
  const ticks: number[] = []
  const loop = async (): Promise<void> => {
    for (let count = 0; count < 3; count += 1) {
      await clock.sleep(10)
      ticks.push(clock.monotonicMs())
    }
  }
  void loop()
  await clock.advance(100)
  expect(ticks).toEqual([10, 20, 30])
})

test('an abort ends a sleep, and no time at all is no sleep', async () => {
  const clock = new ManualClock()
  const abort = new AbortController()
  const slept = clock.sleep(1_000, abort.signal)
  abort.abort()
  await slept
  await clock.sleep(1_000, abort.signal)
  await clock.sleep(0)
  expect(clock.sleeping).toBe(0)
  expect(clock.monotonicMs()).toBe(0)
})

test('callbacks come in the order of their times, each at its own time, and once', async () => {
  const clock = new ManualClock()
  const called: string[] = []
  for (const ms of [30, 10, 99]) {
    clock.after(ms, () => void called.push(`${ms} at ${clock.monotonicMs()}`))
  }
  await clock.advance(9)
  expect(called).toEqual([])
  await clock.advance(41)
  expect(called).toEqual(['10 at 10', '30 at 30'])
  await clock.advance(10_000)
  expect(called).toEqual(['10 at 10', '30 at 30', '99 at 99'])
  expect(clock.sleeping).toBe(0)
})

test('a callback that was called off is not called, and nobody waits for it', async () => {
  const clock = new ManualClock()
  const called: string[] = []
  const callOff = clock.after(10, () => void called.push('never'))
  const late = clock.after(20, () => void called.push('late'))
  expect(clock.sleeping).toBe(2)
  callOff()
  callOff()
  expect(clock.sleeping).toBe(1)
  await clock.advance(100)
  late()
  expect(called).toEqual(['late'])
})

test('a callback may call off another one of the same time, and set one that comes on the way', async () => {
  const clock = new ManualClock()
  const called: string[] = []
  const others: (() => void)[] = []
  clock.after(10, () => {
    called.push('first')
    for (const callOff of others) callOff()
    clock.after(5, () => void called.push(`next at ${clock.monotonicMs()}`))
  })
  others.push(clock.after(10, () => void called.push('second')))
  await clock.advance(20)
  expect(called).toEqual(['first', 'next at 15'])
})

test('a callback is never called before time moves, however short its time is', async () => {
  const clock = new ManualClock()
  let called = 0
  clock.after(0, () => void (called += 1))
  expect(called).toBe(0)
  await clock.advance(0)
  expect(called).toBe(1)
})

test('a callback waits for as long as no timer of a real clock can', async () => {
  const clock = new ManualClock()
  let called = 0
  clock.after(2 ** 31 + 1, () => void (called += 1))
  await clock.advance(2 ** 31)
  expect(called).toBe(0)
  await clock.advance(1)
  expect(called).toBe(1)
})

const numbers = (seed: number): readonly number[] => {
  const clock = new ManualClock({ seed })
  return Array.from({ length: 100 }, () => clock.random())
}

test('the same seed gives the same numbers from [0, 1)', () => {
  expect(numbers(7)).toEqual(numbers(7))
  expect(numbers(7)).not.toEqual(numbers(8))
  for (const number of numbers(7)) {
    expect(number).toBeGreaterThanOrEqual(0)
    expect(number).toBeLessThan(1)
  }
})
