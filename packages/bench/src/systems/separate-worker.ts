import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import type { ProcessUse } from '../runner/bench-system.ts'
import type { RunRequest } from '../runner/run-request.ts'

/** A worker in a process of its own. */
export interface SeparateWorker {
  readonly use: () => Promise<ProcessUse>
  readonly stop: () => Promise<void>
}

const PROGRAM = fileURLToPath(new URL('./worker-process.ts', import.meta.url))

/** Starts it and resolves when it takes tasks. It ends with this process. */
export const startSeparateWorker = async (request: RunRequest): Promise<SeparateWorker> => {
  // Its standard output is this runner's own, which the harness reads: nothing may be written there.
  const child = fork(PROGRAM, [JSON.stringify(request)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  let stopping = false
  child.once('exit', (code, signal) => {
    if (stopping) return
    process.stderr.write(`The separate worker ended by itself (${signal ?? `exit ${code}`}).\n`)
    process.exit(1)
  })
  await once(child, 'message')
  return {
    use: async () => {
      const reply = once(child, 'message')
      child.send('use')
      return toProcessUse((await reply)[0])
    },
    stop: async () => {
      stopping = true
      const gone = once(child, 'exit')
      child.send('stop')
      await gone
    },
  }
}

const toProcessUse = (message: unknown): ProcessUse => {
  if (typeof message === 'object' && message !== null) {
    if ('cpuMs' in message && 'peakRssMb' in message) {
      return { cpuMs: Number(message.cpuMs), peakRssMb: Number(message.peakRssMb) }
    }
  }
  throw new Error('The separate worker answered something else.')
}
