/** A worker in a process of its own: the other half of the variant with separate processes. */
import { createBackstep } from '@backstep/engine'

import { ownUse } from '../runner/own-use.ts'
import type { RunRequest } from '../runner/run-request.ts'
import { backstepPlace } from './backstep-options.ts'
import { startBenchWorker } from './start-bench-worker.ts'

const request: RunRequest = JSON.parse(process.argv[2] ?? '')
const backstep = createBackstep(backstepPlace(request))
const worker = await startBenchWorker(backstep, request)

const stop = async (): Promise<void> => {
  await worker.stop()
  await backstep.close()
  process.exit(0)
}

process.on('message', (message) => {
  if (message === 'use') process.send?.(ownUse())
  if (message === 'stop') void stop()
})
// The runner is gone: so is whoever would measure this.
process.on('disconnect', () => process.exit(1))
process.send?.('ready')
