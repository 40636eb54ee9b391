import { chownSync, mkdtempSync, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { isReachable, type SystemUser } from './reachable.ts'

const candidates = (): readonly string[] => [tmpdir(), '/tmp', '/var/tmp', '/dev/shm']

const usable = (folder: string, user: SystemUser): boolean =>
  statSync(folder, { throwIfNoEntry: false }) !== undefined &&
  isReachable(realpathSync(folder), user)

/**
 * Makes an empty 0700 folder that belongs to `user`, in the first temporary place that this user
 * can get to: TMPDIR may point into a home that only root may enter.
 */
export const makeServerFolder = (name: string, user: SystemUser): string => {
  const parent = candidates().find((folder) => usable(folder, user))
  if (parent === undefined) {
    const places = candidates().join(', ')
    throw new Error(
      `No temporary folder that user ${user.uid} can enter (tried ${places}). ` +
        'Set TMPDIR to one that everybody may pass through.',
    )
  }
  const folder = mkdtempSync(join(realpathSync(parent), `backstep-${name}-`))
  if (statSync(folder).uid !== user.uid) chownSync(folder, user.uid, user.gid)
  return folder
}
