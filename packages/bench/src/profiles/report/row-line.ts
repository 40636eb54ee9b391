import { figure } from '../../report/figures.ts'
import type { Profile, ProfileRow } from '../profile.ts'

/** A cell for people. Whole numbers are counts, and are given in full. */
export const cellText = (value: ProfileRow[string] | undefined): string => {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'string') return value
  return Number.isInteger(value) ? value.toLocaleString('en-US') : figure(value)
}

/** One row for a terminal. */
export const rowLine = ({ columns }: Profile, row: ProfileRow): string =>
  columns.map(({ key, title }) => `${title} ${cellText(row[key])}`).join(' · ')
