import * as engine from '@backstep/engine'
import { expect, it } from 'vitest'

const LIMIT = 20

/** The values that a user's editor offers after `import {`. */
const exportsOf = (module: object): readonly string[] => Object.keys(module).toSorted()

const overLimit = (names: readonly string[]): readonly string[] => names.slice(LIMIT)

it('the engine exports what a user types, and each addition is seen here', () => {
  expect(exportsOf(engine)).toMatchInlineSnapshot(`
    [
      "BackstepError",
      "createBackstep",
      "defineSaga",
      "errorCodes",
      "formatDuration",
      "isBackstepError",
      "isRejection",
      "kyselyOf",
      "noEffect",
      "parseDuration",
      "reject",
      "retryAfter",
      "startWorker",
      "stillUnknown",
      "stuckCodes",
      "tookEffect",
    ]
  `)
})

it(`the engine exports ${LIMIT} values at most`, () => {
  expect(overLimit(exportsOf(engine))).toEqual([])
})

it('one export too many would be noticed', () => {
  const many = Object.fromEntries(Array.from({ length: LIMIT + 1 }, (_, n) => [`name${n}`, n]))
  expect(overLimit(exportsOf(many))).toHaveLength(1)
})
