import { setTimeout as sleep } from 'node:timers/promises'

import type { Backstep } from '@backstep/engine'

import type { defineSagas } from '../define-sagas.ts'
import { keyOf, type SagaRequest } from './saga-request.ts'

/** Time between two orders: a shop that is busy, and a demo that one can watch. */
const paceMs = 30

/**
 * Starts a saga for each request, at a steady pace. The order's own id is the key: were this process to die here and to
 * begin again, it would find the sagas that it had started, and start none twice.
 */
export async function feed(
  requests: readonly SagaRequest[],
  { backstep, sagas }: { backstep: Backstep; sagas: ReturnType<typeof defineSagas> },
  signal: AbortSignal,
): Promise<void> {
  for (const request of requests) {
    const key = keyOf(request)
    switch (request.saga) {
      case 'order':
        await backstep.start(sagas.order, { key, input: request.input })
        break
      case 'travel':
        await backstep.start(sagas.travel, { key, input: request.input })
        break
    }
    await sleep(paceMs, undefined, { signal })
  }
}
