import { statSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

/** Whose eyes a path is looked at with. */
export type SystemUser = { readonly uid: number; readonly gid: number }

const READ_AND_EXECUTE = 0o5
const EXECUTE = 0o1

const allows = (stats: Stats, user: SystemUser, wanted: number): boolean => {
  const shift = stats.uid === user.uid ? 6 : stats.gid === user.gid ? 3 : 0
  return ((stats.mode >> shift) & wanted) === wanted
}

/**
 * Whether `user` may read and execute `path` and pass through every folder above it. A clone under
 * a 0700 folder, such as one of `mktemp -d`, is out of reach for everybody but its owner.
 */
export const isReachable = (path: string, user: SystemUser): boolean => {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined || !allows(stats, user, READ_AND_EXECUTE)) return false
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (!allows(statSync(folder), user, EXECUTE)) return false
  }
  return true
}
