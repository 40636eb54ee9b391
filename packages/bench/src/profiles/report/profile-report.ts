import type { Machine } from '../../report/machine.ts'
import type { MeasuredProfile } from '../profile.ts'

/** Everything that the profiles found out, as it stands in the results file. */
export interface ProfileReport {
  /** ISO 8601. */
  readonly date: string
  /** The commit of this repository, with a mark when files had been changed since. */
  readonly commit: string
  readonly machine: Machine
  readonly quick: boolean
  readonly profiles: readonly MeasuredProfile[]
}
