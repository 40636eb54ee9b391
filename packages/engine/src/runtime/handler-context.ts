import { copyJson, type JsonValue } from '../core/json.ts'
import type { Plan } from '../core/plan.ts'
import { stepOf } from '../core/state-patch.ts'
import type { SagaState } from '../core/state.ts'
import type { Logger, LogFields } from '../ports/logger.ts'
import { idempotencyKey } from './idempotency-key.ts'
import type { Attempt } from './attempt.ts'
import type { Stop } from './stop.ts'

/** Calls the handler that a command names, with everything that it is promised. */
export function handlerContext(logger: Logger, attempt: Attempt): (stop: Stop) => Promise<unknown> {
  const { command, state, plan, handlers } = attempt
  const { branch, step } = command
  const { sagaId } = state
  const key = { sagaId, branch, step }
  const actionKey = idempotencyKey({ ...key, kind: 'action', round: 1 })
  const base = {
    ...payloads(state.input, resultsBefore(plan, state, step)),
    sagaId,
    step,
    attempt: command.attempt,
    log: withFields(logger, { sagaId, step, attempt: command.attempt }),
  }
  if (command.type !== 'run_compensation') {
    const handler = command.type === 'run_action' ? handlers.action : handlers.probe
    return async (stop) =>
      handler?.({
        ...base,
        idempotencyKey: actionKey,
        // Most handlers never look at it: it is made for those that do.
        get signal() {
          return stop.signal
        },
      })
  }
  const undo = {
    ...base,
    idempotencyKey: idempotencyKey({ ...key, kind: 'compensation', round: command.round }),
    actionIdempotencyKey: actionKey,
  }
  const known =
    command.outcome === 'succeeded'
      ? ({
          outcome: 'succeeded',
          output: copyJson(stepOf(state, step).action.output),
        } as const)
      : ({ outcome: 'unknown', output: undefined } as const)
  return async (stop) =>
    handlers.compensation?.({
      ...undo,
      ...known,
      get signal() {
        return stop.signal
      },
    })
}

/** Copies of a handler's own: what it does to them must not reach the journal's fold, nor the next handler. */
export function payloads(
  input: JsonValue,
  results: Readonly<Record<string, JsonValue>>,
): { readonly input: JsonValue; readonly results: Readonly<Record<string, JsonValue>> } {
  return { input: copyJson(input), results: copyJson(results) }
}

/** The outputs of the steps before one, by name; all of them without a name. */
export function resultsBefore(
  plan: Plan,
  state: SagaState,
  step: string | null,
): Readonly<Record<string, JsonValue>> {
  const results: Record<string, JsonValue> = {}
  for (const { name } of plan.nodes) {
    if (name === step) break
    const action = state.steps[name]?.action
    if (action?.status === 'succeeded') results[name] = action.output
  }
  return results
}

/** A logger whose every line carries the ids of what it is about. */
function withFields(logger: Logger, ids: LogFields): Logger {
  return {
    debug: (fields, message) => logger.debug({ ...ids, ...fields }, message),
    info: (fields, message) => logger.info({ ...ids, ...fields }, message),
    warn: (fields, message) => logger.warn({ ...ids, ...fields }, message),
    error: (fields, message) => logger.error({ ...ids, ...fields }, message),
  }
}
