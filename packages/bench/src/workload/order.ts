/**
 * The order that every system processes: four steps that do no work and return some 100 bytes
 * each. This file needs no package, because the peers' runners share it.
 */

/** What a saga is started with. */
export interface Order {
  readonly orderId: string
  readonly customer: string
  readonly cents: number
  /** Whether the fourth step turns the order down. */
  readonly rejected: boolean
}

/** The four steps, in order. The first three can be undone. */
export const stepNames = ['reserve', 'authorize', 'allocate', 'ship'] as const

/** What a step returns: about 100 bytes of JSON. */
export interface StepOutput {
  readonly step: string
  readonly orderId: string
  readonly reference: string
  readonly note: string
}

/** How a saga ended, as its caller was told. */
export type OrderEnd = 'completed' | 'compensated'

/** The code of the rejection in the fourth step. */
export const rejectionCode = 'no_carrier'

/** An order like any other; `n` tells it apart. */
export const makeOrder = (n: number, rejected: boolean): Order => ({
  orderId: `order-${String(n).padStart(9, '0')}`,
  customer: 'customer-000123',
  cents: 2490,
  rejected,
})

/** What `step` returns for this order. */
export const stepOutput = (step: string, orderId: string): StepOutput => ({
  step,
  orderId,
  reference: `${orderId}/1`,
  note: 'taken note of',
})
