import { readFileSync } from 'node:fs'

import type { ProcessUse } from './bench-system.ts'

/** What this process has used since it began. */
export const ownUse = (): ProcessUse => {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1000, peakRssMb: peakRssKb() / 1024 }
}

/** Of this program alone: what getrusage tells a child begins with the size of the process that it was forked from. */
const peakRssKb = (): number => {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS)
}

/** Two processes taken together. */
export const addUse = (a: ProcessUse, b: ProcessUse): ProcessUse => ({
  cpuMs: a.cpuMs + b.cpuMs,
  peakRssMb: a.peakRssMb + b.peakRssMb,
})
