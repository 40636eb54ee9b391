import { startWorker, type Backstep, type RunningWorker } from '@backstep/engine'

import type { RunRequest } from '../runner/run-request.ts'
import { readBackstepOptions } from './backstep-options.ts'
import { orderSaga } from './order-saga.ts'

/** Starts a worker as the variant wants it. */
export const startBenchWorker = (
  backstep: Backstep,
  request: RunRequest,
): Promise<RunningWorker> => {
  const { concurrency, turn } = readBackstepOptions(request)
  const tuning = turn === undefined ? {} : { turn }
  return startWorker({ backstep, sagas: [orderSaga], concurrency, ...tuning })
}
