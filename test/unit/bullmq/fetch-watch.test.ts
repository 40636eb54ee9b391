import { expect, test } from 'vitest'
import { FetchWatch } from '../../../packages/engine/src/bullmq/fetch-watch.ts'

/** A watch on a clock that the test moves. */
function watch() {
  const time = { ms: 1_000 }
  const fetches = new FetchWatch(() => time.ms)
  const pass = (ms: number): void => {
    time.ms += ms
  }
  const fetch = (ms: number, succeeds: boolean): void => {
    fetches.onFetch()
    pass(ms)
    fetches.onFetched(succeeds)
  }
  return { fetches, pass, fetch }
}

test('nothing is known before the first fetch has succeeded', () => {
  const { fetches, fetch } = watch()
  expect(fetches.isTaking).toBe(false)
  fetch(5, false)
  expect(fetches.isTaking).toBe(false)
  fetch(5, true)
  expect(fetches.isTaking).toBe(true)
})

test('jobs would not come when a fetch fails, or is slow', () => {
  const { fetches, fetch } = watch()
  fetch(5, true)
  fetch(5, false)
  expect(fetches.isTaking).toBe(false)
  fetch(1_000, true)
  expect(fetches.isTaking).toBe(true)
  fetch(1_001, true)
  expect(fetches.isTaking).toBe(false)
})

test('a fetch that hangs is known before it ends', () => {
  const { fetches, fetch, pass } = watch()
  fetch(5, true)
  fetches.onFetch()
  pass(1_000)
  expect(fetches.isTaking).toBe(true)
  pass(1)
  expect(fetches.isTaking).toBe(false)
})

test('silence counts from the last fetch, the last job, or the moment when there was room', () => {
  const { fetches, fetch, pass } = watch()
  fetch(5, true)
  pass(2_500)
  expect(fetches.isTaking).toBe(true)
  pass(1)
  expect(fetches.isTaking).toBe(false)
  fetches.roomCame()
  expect(fetches.isTaking).toBe(true)
  pass(2_501)
  fetches.jobCame()
  expect(fetches.isTaking).toBe(true)
})

test('a job that comes shows that all is well after a fetch that failed', () => {
  const { fetches, fetch } = watch()
  fetch(5, false)
  fetches.jobCame()
  expect(fetches.isTaking).toBe(true)
})

test('for a second after an error jobs may be lost', () => {
  const { fetches, fetch, pass } = watch()
  fetch(5, true)
  fetches.failed()
  fetches.jobCame()
  pass(999)
  expect(fetches.isTaking).toBe(false)
  pass(1)
  expect(fetches.isTaking).toBe(true)
})
