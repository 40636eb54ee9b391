import type { SystemUser } from './reachable.ts'

// Postgres refuses to run as root; "nobody" has this number on every Linux.
const NOBODY: SystemUser = { uid: 65_534, gid: 65_534 }

/** Whether another user has to run the servers that refuse root. */
export const runsAsRoot = (): boolean => process.getuid?.() === 0

/** Who runs Postgres and owns its files: oneself, or nobody when that is root. */
export const postgresUser = (): SystemUser =>
  runsAsRoot() ? NOBODY : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
