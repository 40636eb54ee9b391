import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isBackstepError } from '../../../packages/engine/src/core/backstep-error.ts'
import { formatDuration, parseDuration } from '../../../packages/engine/src/core/duration.ts'

describe('reading a duration', () => {
  test.each([
    ['1ms', 1],
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5s', 1_500],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    ['1m1m', 120_000],
    ['0.6ms', 1],
    ['36525d', 3_155_760_000_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text, 'timeout')).toBe(ms)
  })

  test.each(['', '10', 's', '-1s', '1 s', '1S', '1s ', '1y', '1e3ms', '.5s'])(
    '%j is no duration',
    (text) => {
      const error = thrownBy(() => parseDuration(text, 'step "pay": timeout'))

      expect(isBackstepError(error, 'DURATION_INVALID')).toBe(true)
      expect(error).toMatchObject({
        message: `step "pay": timeout is ${JSON.stringify(text)}; write a duration such as "500ms", "10s" or "1h30m" (units: ms, s, m, h, d, w).`,
      })
    },
  )

  test('a number is no duration, whatever the types were told', () => {
    const error = thrownBy(() => Reflect.apply(parseDuration, undefined, [30, 'timeout']))

    expect(error).toMatchObject({ code: 'DURATION_INVALID' })
  })

  test.each(['0s', '0.4ms', '36526d', '99999999w'])('%s is out of bounds', (text) => {
    const error = thrownBy(() => parseDuration(text, 'timeout'))

    expect(error).toMatchObject({
      code: 'DURATION_INVALID',
      message: `timeout is "${text}"; it must be at least 1ms and at most 36525d.`,
    })
  })
})

describe('writing a duration', () => {
  test.each([
    [-5, '0ms'],
    [0, '0ms'],
    [250.4, '250ms'],
    [999, '999ms'],
    [999.6, '1s'],
    [12_000, '12s'],
    [12_999, '12s'],
    [5_400_000, '1h30m'],
    [86_400_000, '1d'],
    [90_061_000, '1d1h'],
    [86_405_000, '1d5s'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('what is written can be read, and loses at most what is smaller than its two units', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_155_760_000_000 }), (ms) => {
        const back = parseDuration(formatDuration(ms), 'duration')
        expect(back).toBeLessThanOrEqual(ms)
        expect(back).toBeGreaterThan(ms * 0.9)
      }),
    )
  })
})

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return null
}
