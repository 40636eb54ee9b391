import {
  context,
  INVALID_SPAN_CONTEXT,
  trace,
  type Attributes,
  type Span,
} from '@opentelemetry/api'
import type {
  ActionVerdict,
  CompensationVerdict,
  OnBranchObservation,
  ProbeVerdict,
} from '../core/observation.ts'
import { probeOf, type StepNode } from '../core/plan.ts'
import { stepOf } from '../core/state-patch.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { acceptNoop, type AcceptedNoop } from './accept-noop.ts'
import { acceptOutput, type AcceptedOutput } from './accept-output.ts'
import { acceptProbe, probeSeen, type AcceptedProbe } from './accept-probe.ts'
import { handlerKind, type Attempt, type RunCommand } from './attempt.ts'
import { handlerContext } from './handler-context.ts'
import { reportAttempt } from './report-attempt.ts'
import { runHandler, type HandlerEnd, type SettledHandler } from './run-handler.ts'
import type { AbortReason, Stop } from './stop.ts'
import { failure, thrownFailure, thrownWait } from './to-failure.ts'
import type { WorkerObserver } from './worker-observer.ts'

/** What a runner of handlers needs, whichever the handler. */
export interface StepRunnerPorts {
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: WorkerObserver
  readonly abortGraceMs: number
}

/**
 * What came of an attempt. `late` resolves to what the handler came to after all, when it did not settle in time: worth
 * keeping, and no verdict any more. Without an observation there is nothing to decide on: the claim is gone or going.
 */
export interface AttemptEnd {
  readonly observation: OnBranchObservation | null
  readonly late: Promise<OnBranchObservation> | null
}

const tracer = trace.getTracer('@backstep/engine')

/** Makes one attempt at one handler, inside a span of its own. Never throws: what goes wrong is an observation. */
export function runStep(ports: StepRunnerPorts, attempt: Attempt): Promise<AttemptEnd> {
  const { command, state, plan } = attempt
  const attributes = {
    'backstep.saga.id': state.sagaId,
    'backstep.saga.name': plan.name,
    'backstep.step': command.step,
    'backstep.attempt': command.attempt,
  }
  const name = `${handlerKind(command)} ${command.step}`
  return inSpan(name, attributes, (span) => {
    const startedMs = ports.clock.monotonicMs()
    return execute(ports, attempt, startedMs).then((end) => {
      const { observation } = end
      const durationMs = ports.clock.monotonicMs() - startedMs
      reportAttempt(ports, { span, plan, state, command, observation, durationMs })
      return end
    })
  })
}

/** A span that leads nowhere, because nobody traces, needs no context of its own. */
function inSpan<T>(name: string, attributes: Attributes, work: (span: Span) => T): T {
  const span = tracer.startSpan(name, { attributes })
  if (span.spanContext() === INVALID_SPAN_CONTEXT) return work(span)
  return context.with(trace.setSpan(context.active(), span), () => work(span))
}

async function execute(
  ports: StepRunnerPorts,
  attempt: Attempt,
  startedMs: number,
): Promise<AttemptEnd> {
  const { command, node, stop } = attempt
  const timeoutMs = timeoutOf(command, node)
  const end = await runHandler({
    call: checkedCall(ports, attempt),
    timeoutMs,
    abortGraceMs: ports.abortGraceMs,
    stop,
    clock: ports.clock,
  })
  if (end.type !== 'unsettled') {
    return { observation: observed(ports, attempt, end), late: null }
  }
  const late = end.settled.then((settled) => observed(ports, attempt, settledEnd(settled)))
  if (end.reason === 'lease_lost' || end.reason === 'shutdown') return { observation: null, late }
  const quietUntilMs = startedMs + timeoutMs + ports.abortGraceMs
  const quietAfterMs = Math.max(0, Math.round(quietUntilMs - ports.clock.monotonicMs()))
  const why = failure(
    end.reason === 'timeout' ? 'timeout' : 'error',
    end.reason,
    unsettledText(end.reason, timeoutMs),
  )
  return { observation: failed(ports, attempt, { failure: why, quietAfterMs }), late }
}

/** What a handler came to; null for a compensation, of whose return value only a noop is kept. */
type Checked = AcceptedOutput | AcceptedProbe | AcceptedNoop | null

/** The check of the output is part of the attempt: a schema is the application's code, and may hang as well. */
function checkedCall(
  { logger }: StepRunnerPorts,
  attempt: Attempt,
): (stop: Stop) => Promise<Checked> {
  const { command, handlers } = attempt
  const call = handlerContext(logger, attempt)
  return async (stop) => {
    const value = await call(stop)
    if (command.type === 'run_action') {
      return acceptOutput(command.step, value, handlers.outputSchema)
    }
    return command.type === 'run_probe'
      ? acceptProbe(command.step, value, handlers.outputSchema)
      : acceptNoop(value)
  }
}

/** How long one attempt may take. */
export function timeoutOf(command: RunCommand, node: StepNode): number {
  if (command.type === 'run_probe') return probeOf(node)?.timeoutMs ?? node.timeoutMs
  const undoes = command.type === 'run_compensation' && node.role === 'compensatable'
  return undoes && node.compensation.type === 'handler'
    ? node.compensation.timeoutMs
    : node.timeoutMs
}

function unsettledText(reason: AbortReason, timeoutMs: number): string {
  return reason === 'timeout'
    ? `No verdict within ${timeoutMs} ms, and the handler went on after it was told to stop.`
    : `The handler was told to stop (${reason}) and went on.`
}

type Settled = Exclude<HandlerEnd<Checked>, { type: 'unsettled' }>

function settledEnd(settled: SettledHandler<Checked>): Settled {
  return settled.type === 'returned' ? settled : { ...settled, reason: null }
}

function observed(ports: StepRunnerPorts, attempt: Attempt, end: Settled): OnBranchObservation {
  const { command, now } = attempt
  const { branch, step, attempt: number } = command
  const base = { branch, step, attempt: number, at: now() }
  if (end.type === 'threw') {
    const why = thrownFailure(end.error, end.reason)
    if (why.kind === 'rejection' && command.type === 'run_action') {
      return {
        ...base,
        ...roundOf(attempt),
        type: 'action_rejected',
        failure: why,
        random: ports.clock.random(),
      }
    }
    const wait = thrownWait(end.error, base.at)
    return failed(ports, attempt, { failure: why, quietAfterMs: 0, ...wait })
  }
  const accepted = end.value
  if (accepted === null) return { ...base, type: 'compensation_succeeded' }
  if ('noop' in accepted) return { ...base, type: 'compensation_succeeded', ...accepted }
  if ('status' in accepted) {
    return probeSeen({ ...base, random: ports.clock.random() }, accepted)
  }
  if (accepted.ok) {
    return { ...base, ...roundOf(attempt), type: 'action_succeeded', output: accepted.value }
  }
  const ran = { step, attempt: number }
  return {
    type: 'unworkable',
    code: 'payload_invalid',
    failure: accepted.failure,
    branch,
    at: base.at,
    ran,
  }
}

/** The round that an action was attempted in; nothing in the first one, as nearly all are. */
function roundOf({ command, state }: Attempt): { readonly round?: number } {
  const { round } = stepOf(state, command.step).action
  return round === 1 ? {} : { round }
}

function failed(
  ports: StepRunnerPorts,
  run: Attempt,
  { quietAfterMs, ...why }: FailedVerdict,
): ActionVerdict | ProbeVerdict | CompensationVerdict {
  const { command, now } = run
  const { branch, step, attempt } = command
  const base = { branch, step, attempt, at: now(), random: ports.clock.random() }
  switch (command.type) {
    case 'run_action':
      return { ...base, ...roundOf(run), type: 'action_failed', ...why, quietAfterMs }
    case 'run_probe':
      return { ...base, type: 'probe_failed', ...why }
    case 'run_compensation':
      return { ...base, type: 'compensation_failed', ...why }
  }
}

type FailedVerdict = Pick<
  Extract<ActionVerdict, { type: 'action_failed' }>,
  'failure' | 'quietAfterMs' | 'retryAfterMs'
>
