import { z } from 'zod'

import { BackstepError } from '../../../packages/engine/src/core/backstep-error.ts'
import { defineSaga } from '../../../packages/engine/src/definition/define-saga.ts'
import type {
  ActionContext,
  CompensationContext,
} from '../../../packages/engine/src/definition/handler-context.ts'
import type { AnyResults } from '../../../packages/engine/src/definition/saga-definition.ts'

/** A definition with nothing but an input. */
export function begin() {
  return defineSaga({ name: 'order', version: 1, input: z.object({ orderId: z.string() }) })
}

/** One of each: undone, harmless, pivot, retriable. */
export function orderSaga() {
  return begin()
    .step('reserveStock', {
      action: ({ input }) => ({ reservationId: `r-${input.orderId}` }),
      compensation: ({ outcome, output }) =>
        outcome === 'succeeded' ? output.reservationId : outcome,
    })
    .step('checkFraud', { action: () => undefined, compensation: 'none', reason: 'read-only' })
    .pivot('chargeCard', {
      action: async () => 7,
      queue: 'payments',
      retry: { maximumAttempts: 3 },
      timeout: '10s',
    })
    .step('ship', { action: ({ results }) => results.chargeCard + 1 })
    .output(({ results }) => ({ reservation: results.reserveStock, shipped: results.ship }))
}

type Method = (...values: readonly unknown[]) => JavaScriptBuilder

/** The builder as a program without types has it. */
export interface JavaScriptBuilder {
  readonly step: Method
  readonly pivot: Method
  readonly parallel: Method
  readonly forEach: Method
  readonly when: Method
  readonly sleep: Method
  readonly waitFor: Method
  readonly savepoint: Method
  readonly output: Method
}

/** The same builder, for a caller whom no compiler stops. */
export function untyped(builder: object): JavaScriptBuilder {
  if (isBuilder(builder)) return builder
  throw new TypeError('This is no builder.')
}

function isBuilder(value: object): value is JavaScriptBuilder {
  return 'step' in value && 'pivot' in value && 'output' in value
}

/** The message of the error that a definition is refused with. */
export function refusalOf(define: () => unknown): string {
  try {
    define()
  } catch (error) {
    if (error instanceof BackstepError && error.code === 'DEFINITION_INVALID') return error.message
    throw error
  }
  return 'accepted'
}

const silent = () => undefined

/** What the engine calls an action with. */
export function actionContext(results: AnyResults = {}): ActionContext<unknown, AnyResults> {
  return {
    input: { orderId: 'o1' },
    results,
    sagaId: 's1',
    step: 'any',
    branch: 'main',
    kind: 'action',
    round: 1,
    attempt: 1,
    idempotencyKey: 'k1',
    signal: new AbortController().signal,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  }
}

/** What the engine calls a compensation with when the action succeeded. */
export function compensationContext(
  output: unknown,
): CompensationContext<unknown, AnyResults, unknown> {
  return {
    ...actionContext(),
    kind: 'compensation',
    actionIdempotencyKey: 'k0',
    outcome: 'succeeded',
    output,
  }
}
