import { BackstepError } from '../core/backstep-error.ts'
import type { PauseTarget } from '../ports/pause-store.ts'
import { checkText } from './check-id.ts'

/** What is paused as a whole: a queue, or a saga definition, of which `version` leaves other versions alone. */
export type Pausable =
  | { readonly queue: string }
  | { readonly definition: string; readonly version?: number }

/**
 * The target that the caller means.
 *
 * @throws BackstepError `ID_INVALID`, `CONFIGURATION_INVALID`
 */
export function pauseTarget(given: Pausable): PauseTarget {
  if ('queue' in given) return { kind: 'queue', name: checkText(given.queue, 'queue'), version: 0 }
  const { definition, version = 0 } = given
  const name = checkText(definition, 'definition')
  if (Number.isInteger(version) && version >= 0) return { kind: 'definition', name, version }
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    `${version} is no version of "${name}"; pass a whole number from 1 on, or leave it out for all versions.`,
  )
}
