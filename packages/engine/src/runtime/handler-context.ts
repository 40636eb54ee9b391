import type { RunCompensation } from '../core/command.ts'
import { copyJson, type JsonValue } from '../core/json.ts'
import type { Plan } from '../core/plan.ts'
import { stepOf } from '../core/state-patch.ts'
import type { SagaState } from '../core/state.ts'
import type { Logger, LogFields } from '../ports/logger.ts'
import { idempotencyKey } from './idempotency-key.ts'
import type { Attempt } from './attempt.ts'
import type { Stop } from './stop.ts'

/**
 * Calls the handler that a command names, with everything that it is promised. What most handlers never look at is made for
 * those that do.
 */
export function handlerContext(logger: Logger, attempt: Attempt): (stop: Stop) => unknown {
  const { command, state, handlers } = attempt
  const { step } = command
  if (command.type === 'run_compensation') return undoContext(logger, attempt, command)
  const ids = { sagaId: state.sagaId, step, attempt: command.attempt }
  const input = copyJson(state.input)
  const results = resultsFor(attempt)
  return (stop) =>
    handlers.action({
      input,
      ...ids,
      idempotencyKey: actionKey(attempt),
      get results() {
        return results()
      },
      get log() {
        return withFields(logger, ids)
      },
      get signal() {
        return stop.signal
      },
    })
}

function undoContext(
  logger: Logger,
  attempt: Attempt,
  command: RunCompensation,
): (stop: Stop) => unknown {
  const { state, handlers } = attempt
  const { branch, step, round } = command
  const { sagaId } = state
  const ids = { sagaId, step, attempt: command.attempt }
  const input = copyJson(state.input)
  const results = resultsFor(attempt)
  const known =
    command.outcome === 'succeeded'
      ? ({
          outcome: 'succeeded',
          output: copyJson(stepOf(state, step).action.output),
        } as const)
      : ({ outcome: 'unknown', output: undefined } as const)
  return (stop) =>
    handlers.compensation?.({
      input,
      ...ids,
      idempotencyKey: idempotencyKey({ sagaId, branch, step, kind: 'compensation', round }),
      actionIdempotencyKey: actionKey(attempt),
      ...known,
      get results() {
        return results()
      },
      get log() {
        return withFields(logger, ids)
      },
      get signal() {
        return stop.signal
      },
    })
}

function actionKey({ state, command: { branch, step } }: Attempt): string {
  return idempotencyKey({ sagaId: state.sagaId, branch, step, kind: 'action', round: 1 })
}

/** The results that an attempt may look at, copied when it does for the first time. */
function resultsFor({ plan, state, command }: Attempt): () => PayloadRecord {
  let copy: PayloadRecord | undefined
  return () => (copy ??= copyJson(resultsBefore(plan, state, command.step)))
}

type PayloadRecord = Readonly<Record<string, JsonValue>>

/** Copies of a handler's own: what it does to them must not reach the journal's fold, nor the next handler. */
export function payloads(
  input: JsonValue,
  results: PayloadRecord,
): { readonly input: JsonValue; readonly results: PayloadRecord } {
  return { input: copyJson(input), results: copyJson(results) }
}

/** The outputs of the steps before one, by name; all of them without a name. */
export function resultsBefore(plan: Plan, state: SagaState, step: string | null): PayloadRecord {
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
