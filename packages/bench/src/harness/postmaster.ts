import { readFileSync } from 'node:fs'

import { parseProcessStat } from './cpu-time.ts'

/** The process that started this one: for a session of Postgres, the server itself. */
export const childrenParent = (pid: number): number =>
  parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).parent
