import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

type ProcessRow = { readonly pid: number; readonly parent: number; readonly zombie: boolean }

const readProcRow = (pid: number): ProcessRow | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces and parentheses: the fields start after the last one.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { pid, parent: Number(parent), zombie: state === 'Z' }
  } catch {
    return undefined
  }
}

const readPsRow = (line: string): ProcessRow => {
  const [pid, parent, state] = line.trim().split(/\s+/)
  return { pid: Number(pid), parent: Number(parent), zombie: state?.startsWith('Z') ?? false }
}

const hasProc = existsSync('/proc/self/stat')

/** A slim container has no `ps`, macOS has no /proc: each is asked where it is at home. */
const listProcesses = (): readonly ProcessRow[] => {
  if (!hasProc) {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state='], { encoding: 'utf8' })
    return table.trimEnd().split('\n').map(readPsRow)
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map((pid) => readProcRow(Number(pid))).filter((row) => row !== undefined)
}

/**
 * The direct children of a process. Postgres puts each of its children into a session of its own,
 * so that no signal to a process group reaches them: killing them needs their ids.
 */
export const childrenOf = (parent: number): readonly number[] =>
  listProcesses()
    .filter((row) => row.parent === parent)
    .map((row) => row.pid)

/** Whether a process still runs. A zombie does not: where process 1 never reaps, it stays for good. */
export const isRunning = (pid: number): boolean => {
  if (hasProc) return readProcRow(pid)?.zombie === false
  return listProcesses().some((row) => row.pid === pid && !row.zombie)
}
