import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { RealTimeRefused, takeRefused, withoutRealTime } from './real-time.ts'

const doors: Readonly<Record<string, () => unknown>> = {
  Date: () => new Date(),
  random: () => Math.random(),
  setTimeout: () => setTimeout(() => {}, 0),
  setInterval: () => setInterval(() => {}, 1),
  setImmediate: () => setImmediate(() => {}),
  now: () => performance.now(),
  timeout: () => AbortSignal.timeout(1),
  randomUUID: () => crypto.randomUUID(),
  'a promise of a timer': () => sleep(0),
}

it.for(Object.entries(doors))('refuses %s while a seed runs, and says so', async ([, use]) => {
  await withoutRealTime(async () => {
    expect(use).toThrow(RealTimeRefused)
  })
  expect(takeRefused()).toHaveLength(1)
  expect(use).not.toThrow()
})
