import type { Spread } from './spread.ts'

const round = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** A number for people: three significant digits or so, whole from 100 on. */
export const figure = (value: number): string => {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return round(value, 0)
  return round(value, Math.abs(value) >= 10 ? 1 : 2)
}

/** The median, with the extremes behind it when there was more than one round. */
export const spreadText = ({ median, min, max }: Spread): string =>
  min === max ? figure(median) : `${figure(median)} (${figure(min)}–${figure(max)})`

const times = (value: number): string =>
  value < 0.01 ? `${round(value, 4)}x` : `${round(value, 2)}x`

/** The same of a ratio. */
export const ratioText = ({ median, min, max }: Spread): string =>
  min === max ? times(median) : `${times(median)} (${times(min)}–${times(max)})`

/** A share of one as a percentage. */
export const percentText = (share: number | null): string =>
  share === null ? '–' : `${round(share * 100, 0)} %`
