import { describe, expect, test } from 'vitest'
import { BackstepError, isBackstepError } from '../../../packages/engine/src/core/backstep-error.ts'
import { errorCodes } from '../../../packages/engine/src/core/error-code.ts'
import { stuckCodes } from '../../../packages/engine/src/core/stuck.ts'

describe('a BackstepError', () => {
  test('carries its code, its message and its cause', () => {
    const cause = new Error('connection reset')
    const error = new BackstepError('DATABASE_UNAVAILABLE', 'Postgres is away.', { cause })

    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'BackstepError',
      code: 'DATABASE_UNAVAILABLE',
      message: 'Postgres is away.',
      cause,
    })
  })

  test('is recognized, also by its code', () => {
    const error = new BackstepError('SAGA_NOT_FOUND', 'No saga has this id.')

    expect(isBackstepError(error)).toBe(true)
    expect(isBackstepError(error, 'SAGA_NOT_FOUND')).toBe(true)
    expect(isBackstepError(error, 'KEY_CONFLICT')).toBe(false)
  })

  test('is recognized when another copy of the package made it', () => {
    const foreign = Object.assign(new Error('No.'), { name: 'BackstepError', code: 'KEY_CONFLICT' })

    expect(isBackstepError(foreign, 'KEY_CONFLICT')).toBe(true)
  })

  test.each([
    ['nothing', null],
    ['a text', 'BackstepError'],
    ['data that looks like one', { name: 'BackstepError', code: 'KEY_CONFLICT' }],
    ['another error', Object.assign(new Error('No.'), { code: 'KEY_CONFLICT' })],
    ['an error without a code', Object.assign(new Error('No.'), { name: 'BackstepError' })],
  ])('is not mistaken for %s', (_what, thrown) => {
    expect(isBackstepError(thrown)).toBe(false)
  })
})

describe('the tables of codes', () => {
  test('say in a sentence what each error code means', () => {
    for (const text of Object.values(errorCodes)) expect(text).toMatch(/^[A-Z].*\.$/)
  })

  test('say what each stuck code means, under a stable name', () => {
    for (const text of Object.values(stuckCodes)) expect(text).toMatch(/^[A-Z].*\.$/)
    expect(Object.keys(stuckCodes).toSorted()).toEqual([
      'compensation_exhausted',
      'definition_missing',
      'handler_missing',
      'orphan_effect',
      'parked_by_policy',
      'payload_invalid',
      'pivot_outcome_unknown',
      'poison_task',
      'retriable_step_exhausted',
    ])
  })
})
