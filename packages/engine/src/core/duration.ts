import { BackstepError } from './backstep-error.ts'

const unitMs = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
} as const

/** A length of time as people write it: one or more numbers with a unit, such as `500ms`, `1h30m` or `2d`. */
export type Duration = string

const whole = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/
const part = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g

/** A hundred years: beyond it a number is a slip, and timestamps lose their milliseconds. */
export const longestDurationMs = 3_155_760_000_000

/**
 * Reads a duration into whole milliseconds.
 *
 * @param name what the duration is for, so that the error can say it
 * @throws BackstepError `DURATION_INVALID` on anything but a positive duration of at most a hundred years
 */
export function parseDuration(text: Duration, name: string): number {
  if (typeof text !== 'string' || !whole.test(text)) {
    throw new BackstepError(
      'DURATION_INVALID',
      `${name} is ${JSON.stringify(text)}; write a duration such as "500ms", "10s" or "1h30m" (units: ms, s, m, h, d, w).`,
    )
  }
  let total = 0
  text.replaceAll(part, (_, amount: string, unit: keyof typeof unitMs) => {
    total += Number(amount) * unitMs[unit]
    return ''
  })
  const rounded = Math.round(total)
  if (rounded < 1 || rounded > longestDurationMs) {
    throw new BackstepError(
      'DURATION_INVALID',
      `${name} is ${JSON.stringify(text)}; it must be at least 1ms and at most 36525d.`,
    )
  }
  return rounded
}

const printed = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** Writes milliseconds as a duration with its two largest units: `1h30m`, `12s`, `250ms`. Inverse enough for people. */
export function formatDuration(ms: number): Duration {
  const rounded = Math.max(0, Math.round(ms))
  if (rounded < 1_000) return `${rounded}ms`
  const parts: string[] = []
  let rest = rounded
  for (const [unit, size] of printed) {
    if (rest >= size && parts.length < 2) {
      parts.push(`${Math.floor(rest / size)}${unit}`)
      rest %= size
    }
  }
  return parts.join('')
}
