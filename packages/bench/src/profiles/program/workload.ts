import type { Backstep, RegisteredSaga, SagaHandle } from '@backstep/engine'

import { orderSaga } from '../../systems/order-saga.ts'
import { makeOrder } from '../../workload/order.ts'
import type { SagaSpec } from './calls.ts'
import { chainSaga } from './chain-saga.ts'

/** Sagas of one kind. */
export interface Workload {
  readonly saga: RegisteredSaga
  /** Starts saga number `n`. */
  readonly start: (backstep: Backstep, n: number) => Promise<SagaHandle<unknown>>
}

/** The sagas that a process runs. */
export const workloadOf = (spec: SagaSpec): Workload => {
  switch (spec.kind) {
    case 'order':
      return {
        saga: orderSaga,
        start: (backstep, n) => backstep.start(orderSaga, { input: makeOrder(n, false) }),
      }
    case 'chain': {
      const saga = chainSaga(spec)
      return {
        saga,
        start: (backstep, n) => backstep.start(saga, { input: { orderId: `order-${n}` } }),
      }
    }
  }
}
