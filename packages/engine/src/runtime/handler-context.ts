import { copyJson, type JsonValue } from '../core/json.ts'
import { branchOfStep, currentKey, earlierKey, itemOf } from '../core/plan-steps.ts'
import { inputFor } from '../core/step-input.ts'
import { stepOf } from '../core/state-patch.ts'
import type { HandlerContext } from '../definition/handler-context.ts'
import type { AnyResults } from '../definition/saga-definition.ts'
import type { Logger, LogFields } from '../ports/logger.ts'
import { handlerKind, type Attempt } from './attempt.ts'
import { idempotencyKey } from './idempotency-key.ts'
import { resultsBefore, type Results } from './results.ts'
import type { Stop } from './stop.ts'

/** Calls the handler that a command names, with everything that it is promised. */
export function handlerContext(logger: Logger, attempt: Attempt): (stop: Stop) => unknown {
  const { command, state, handlers } = attempt
  if (command.type !== 'run_compensation') {
    const kind = handlerKind(command)
    const handler = kind === 'compensation' ? undefined : handlers[kind]
    return (stop) => handler?.(basics(logger, attempt, { stop, kind: 'action' }))
  }
  const known =
    command.outcome === 'succeeded'
      ? ({
          outcome: 'succeeded',
          output: copyJson(stepOf(state, command.step).action.output),
        } as const)
      : ({ outcome: 'unknown', output: undefined } as const)
  const actionIdempotencyKey = keyOf(attempt, 'action')
  return (stop) =>
    handlers.compensation?.(
      Object.assign(basics(logger, attempt, { stop, kind: 'compensation' }), {
        ...known,
        actionIdempotencyKey,
      }),
    )
}

/** A handler about to be called. A probe looks for what the action did, so it is known as the action was. */
interface Call {
  readonly stop: Stop
  readonly kind: 'action' | 'compensation'
}

/**
 * What both kinds of handlers get. Payloads are copies of a handler's own: what it does to them must not reach the journal's
 * fold, nor the next handler. They are made for those that look at them, as the signal is: ten thousand items of a list
 * must not copy it ten thousand times.
 */
function basics(
  logger: Logger,
  attempt: Attempt,
  { stop, kind }: Call,
): HandlerContext<unknown, AnyResults> {
  const { command, state, plan, transaction } = attempt
  const { attempt: number } = command
  const step = currentKey(plan, command.step)
  const { sagaId } = state
  const branch = branchOfStep(plan, step)
  let log: Logger | undefined
  let input: JsonValue | undefined
  let results: Results | undefined
  const context = {
    sagaId,
    step,
    branch,
    kind,
    round: roundOf(attempt, kind),
    attempt: number,
    idempotencyKey: keyOf(attempt, kind),
    get log() {
      log ??= withFields(logger, { sagaId, step, attempt: number })
      return log
    },
    get signal() {
      return stop.signal
    },
    get input() {
      input ??= copyJson(inputFor(state, step, kind))
      return input
    },
    get results() {
      results ??= copyJson(resultsBefore(plan, state, { branch, step }))
      return results
    },
  }
  const item = itemOf(plan, branch)
  if (transaction !== null) Object.assign(context, { transaction })
  return item === null ? context : Object.assign(context, itemFields(attempt, item))
}

function itemFields(
  attempt: Attempt,
  { fork, index }: { readonly fork: string; readonly index: number },
): { readonly item: JsonValue; readonly index: number } {
  const { items } = attempt.state
  // What an earlier round has left is undone for the item that it was done for.
  const earlier = items[earlierKey(fork, roundOf(attempt, 'action'))]
  return { item: copyJson((earlier ?? items[fork])?.[index] ?? null), index }
}

/** A retry stays in its round; an orphan effect, a save-point's next try and an operator's edit open another one. */
function roundOf({ command, state }: Attempt, kind: 'action' | 'compensation'): number {
  return kind === 'compensation' && command.type === 'run_compensation'
    ? command.round
    : stepOf(state, command.step).action.round
}

function keyOf(attempt: Attempt, kind: 'action' | 'compensation'): string {
  const { state, command, plan } = attempt
  const step = currentKey(plan, command.step)
  const { sagaId } = state
  // Where steps are undone in one line, that line is not the branch that they were done on.
  const branch = branchOfStep(plan, step)
  return idempotencyKey({ sagaId, branch, step, kind, round: roundOf(attempt, kind) })
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
