import { readFileSync } from 'node:fs'

/**
 * The most memory that a process has ever held, in MB. Not `maxRSS` of `resourceUsage`: a new process inherits that
 * figure from the one that started it.
 */
export const peakRssMb = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  if (kilobytes === undefined) throw new Error(`The kernel does not tell the memory of ${pid}.`)
  return Number(kilobytes) / 1024
}
