import { setTimeout as sleep } from 'node:timers/promises'
import { defineSaga, reject, type SagaDefinition } from '@backstep/engine'
import { z } from 'zod'
import type { Ledger } from './ledger.ts'

/** What goes wrong in a saga by itself, faults aside. */
export const behaviors = ['well', 'declined', 'refused', 'flaky', 'lost', 'shipsLate'] as const

/** One of them. */
export type Behavior = (typeof behaviors)[number]

/** What a saga of the chaos run is given. */
export interface ChaosInput {
  readonly behavior: Behavior
  readonly workMs: number
}

const input = z.object({ behavior: z.enum(behaviors), workMs: z.number() })
const retry = { initialInterval: '40ms', maximumInterval: '300ms', maximumAttempts: 6 }
const patient = { initialInterval: '40ms', maximumInterval: '300ms', maximumAttempts: 1_000 }

interface Call {
  readonly input: ChaosInput
  readonly sagaId: string
  readonly step: string
  readonly attempt: number
  readonly idempotencyKey: string
}

/** Steps on two queues, a pivot, and a step behind it; every effect goes into the ledger. */
export function chaosSaga(ledger: Ledger): SagaDefinition<ChaosInput, null> {
  const act = async (call: Call): Promise<{ readonly key: string }> => {
    await sleep(call.input.workMs)
    const { sagaId: saga, step, idempotencyKey: key } = call
    if (!ledger.act({ saga, step, key })) throw reject('undone', 'The step was undone before.')
    await sleep(call.input.workMs)
    return { key }
  }
  const undo = async (call: Call): Promise<void> => {
    await sleep(call.input.workMs)
    const { sagaId: saga, step, idempotencyKey: key } = call
    ledger.undo({ saga, step, key })
    await sleep(call.input.workMs)
  }
  const compensation = {
    compensation: undo,
    compensationOptions: { retry: patient, timeout: '2s' },
  }
  return defineSaga({ name: 'chaos', version: 1, input, defaults: { timeout: '2s' } })
    .step('reserve', { retry, ...compensation, action: act })
    .step('look', { retry, action: () => true, compensation: 'none', reason: 'It only reads.' })
    .step('book', {
      ...compensation,
      retry,
      queue: 'second',
      action: async (call) => {
        if (call.input.behavior === 'refused') throw reject('full', 'Nothing is free.')
        const booked = await act(call)
        const loses = call.input.behavior === 'lost' || call.attempt === 1
        if (loses && call.input.behavior !== 'well') throw new Error('The reply was lost.')
        return booked
      },
    })
    .pivot('charge', {
      retry: patient,
      // A card is declined by what the saga was given, at every attempt or at none: a worker that is killed between an
      // attempt's start and its rejection leaves nothing in doubt.
      rejectionCoversEarlierAttempts: true,
      action: async (call) => {
        if (call.input.behavior === 'declined') throw reject('card_declined', 'No.')
        return act(call)
      },
    })
    .step('ship', {
      retry: { ...patient, maximumAttempts: 'unlimited' },
      queue: 'second',
      action: async (call) => {
        if (call.input.behavior === 'shipsLate' && call.attempt < 4) throw new Error('Not yet.')
        return act(call)
      },
    })
}
