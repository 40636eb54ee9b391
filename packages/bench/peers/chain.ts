/**
 * The order as a chain of jobs, for systems that know jobs and no sagas: each job names the next
 * one, and after a rejection the chain goes back through what was done. Compensation is written by
 * hand here, because no peer's package has it.
 */
import { stepNames, stepOutput, type Order, type OrderEnd } from '../src/workload/order.ts'

export interface ChainJob {
  readonly order: Order
  readonly step: number
  readonly direction: 'forward' | 'backward'
  /** What the steps before returned. */
  readonly outputs: readonly unknown[]
}

/** For queues that hand out payloads of unknown type. */
export const isChainJob = (value: unknown): value is ChainJob =>
  typeof value === 'object' && value !== null && 'order' in value && 'direction' in value

export type ChainMove =
  | { readonly next: ChainJob }
  | { readonly orderId: string; readonly end: OrderEnd }

const last = stepNames.length - 1

export const firstJob = (order: Order): ChainJob => ({
  order,
  step: 0,
  direction: 'forward',
  outputs: [],
})

/** Runs the job's handler and says what follows. */
export const moveOn = (job: ChainJob): ChainMove =>
  job.direction === 'forward' ? forward(job) : backward(job)

const forward = ({ order, step, outputs }: ChainJob): ChainMove => {
  if (step === last && order.rejected) {
    return { next: { order, step: step - 1, direction: 'backward', outputs } }
  }
  if (step === last) return { orderId: order.orderId, end: 'completed' }
  const output = stepOutput(stepNames[step] ?? '', order.orderId)
  return { next: { order, step: step + 1, direction: 'forward', outputs: [...outputs, output] } }
}

const backward = ({ order, step, outputs }: ChainJob): ChainMove =>
  step === 0
    ? { orderId: order.orderId, end: 'compensated' }
    : { next: { order, step: step - 1, direction: 'backward', outputs } }
