import { SpanStatusCode, type Span } from '@opentelemetry/api'
import type { Failure } from '../core/failure.ts'
import type { OnBranchObservation } from '../core/observation.ts'
import type { Plan } from '../core/plan.ts'
import type { SagaState } from '../core/state.ts'
import type { Logger } from '../ports/logger.ts'
import { handlerKind, type RunCommand } from './attempt.ts'
import type { StepEnded, WorkerObserver } from './worker-observer.ts'

/** An attempt that has ended, or was given up. */
export interface EndedAttempt {
  readonly span: Span
  readonly plan: Plan
  readonly state: SagaState
  readonly command: RunCommand
  readonly observation: OnBranchObservation | null
  readonly durationMs: number
}

/** Tells span, observer and log how an attempt ended: ids and codes, never payloads. */
export function reportAttempt(
  ports: { readonly logger: Logger; readonly observer: WorkerObserver },
  ended: EndedAttempt,
): void {
  const { span, plan, state, command, observation, durationMs } = ended
  const { step, attempt } = command
  const kind = handlerKind(command)
  const outcome = outcomeOf(observation)
  ports.observer.stepEnded({ saga: plan.name, step, kind, outcome, durationMs })
  const { code, message } = failureOf(observation)
  span.setAttribute('backstep.outcome', outcome)
  if (outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR, message: code })
  span.end()
  const ids = { sagaId: state.sagaId, saga: plan.name, step, attempt, kind }
  const fields = { ...ids, outcome, durationMs: Math.round(durationMs) }
  if (outcome === 'failed') ports.logger.warn({ ...fields, code, error: message }, 'attempt failed')
  else ports.logger.debug(fields, 'attempt ended')
}

function outcomeOf(observation: OnBranchObservation | null): StepEnded['outcome'] {
  switch (observation?.type) {
    case 'action_succeeded':
    case 'compensation_succeeded':
      return 'succeeded'
    case 'action_rejected':
      return 'rejected'
    case 'probe_answered':
      return observation.answer.status
    case 'action_failed':
    case 'compensation_failed':
    case 'probe_failed':
    case 'unworkable':
    case 'claimed':
    case 'output_computed':
    case 'items_computed':
    case 'choice_computed':
    case 'signal_checked':
    case undefined:
      return 'failed'
  }
}

function failureOf(observation: OnBranchObservation | null): Pick<Failure, 'code' | 'message'> {
  if (observation !== null && 'failure' in observation) return observation.failure
  return { code: 'given_up', message: 'The claim ended before the handler did.' }
}
