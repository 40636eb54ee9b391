import { formatDuration } from '@backstep/engine'

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const

/** A length of time in its largest unit, for a glance: `3m`, `2d`. Never negative: clocks differ. */
export function shortAge(ms: number): string {
  const unit = units.find(([, size]) => ms >= size)
  if (unit === undefined) return `${Math.max(0, Math.floor(ms / 1_000))}s`
  return `${Math.floor(ms / unit[1])}${unit[0]}`
}

/** A length of time in two units, whole seconds: `3m12s`. */
export function longAge(ms: number): string {
  return ms < 1_000 ? '0s' : formatDuration(Math.floor(ms / 1_000) * 1_000)
}

/** A moment in UTC, to the second: `2026-11-21 15:04:05Z`. */
export function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

/** A moment for machines. */
export function isoTime(at: number): string {
  return new Date(at).toISOString()
}
