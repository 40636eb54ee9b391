import { backlog } from './backlog.ts'
import { barrierCost } from './barrier.ts'
import { branches, items } from './branches.ts'
import { inFlight } from './in-flight.ts'
import { payload } from './payload.ts'
import type { Profile } from './profile.ts'
import { recovery } from './recovery.ts'
import { redispatch } from './redispatch.ts'
import { steps } from './steps.ts'
import { workerProcesses } from './worker-processes.ts'

/** Every profile, in the order in which they are run and reported. */
export const profiles: readonly Profile[] = [
  workerProcesses,
  steps,
  payload,
  inFlight,
  recovery,
  backlog,
  redispatch,
  barrierCost,
  branches,
  items,
]
