/** CPU time of processes and of the machine, in milliseconds, as Linux counts it under /proc. */
import { readdirSync, readFileSync } from 'node:fs'

// The kernel shows these files in hundredths of a second whatever its own clock is.
const MS_PER_TICK = 10

interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly ownMs: number
  /** Of children that have ended and were waited for. */
  readonly endedChildrenMs: number
}

/** Reads one line of /proc/<pid>/stat. */
export const parseProcessStat = (line: string): ProcessRow => {
  // The name in parentheses may hold spaces and parentheses: fields are counted behind it.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const ticks = (index: number): number => Number(fields[index])
  return {
    pid: Number.parseInt(line, 10),
    parent: Number(fields[1]),
    ownMs: (ticks(11) + ticks(12)) * MS_PER_TICK,
    endedChildrenMs: (ticks(13) + ticks(14)) * MS_PER_TICK,
  }
}

/**
 * Time that processes and the machine's host took, by the first line of /proc/stat. Interrupts are
 * left out: they belong to nobody.
 */
export const parseMachineStat = (line: string): number => {
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + steal) * MS_PER_TICK
}

const readRow = (pid: string): ProcessRow | undefined => {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    // It ended between the listing and the look at it.
    return undefined
  }
}

const readRows = (): readonly ProcessRow[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readRow)
    .filter((row) => row !== undefined)

/** CPU time of these processes with all of their descendants, the ended ones included. */
export const treeCpuMs = (roots: readonly number[]): number => {
  const rows = readRows()
  const inTree = new Set(roots)
  let size = 0
  while (size !== inTree.size) {
    size = inTree.size
    for (const { pid, parent } of rows) if (inTree.has(parent)) inTree.add(pid)
  }
  return rows
    .filter(({ pid }) => inTree.has(pid))
    .reduce((sum, { ownMs, endedChildrenMs }) => sum + ownMs + endedChildrenMs, 0)
}

/** CPU time that everything on this machine has taken since it was started. */
export const machineCpuMs = (): number =>
  parseMachineStat(readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
