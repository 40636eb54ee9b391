export { createBackstep, type CreateBackstepOptions } from './create-backstep.ts'
export { BackstepError, isBackstepError } from './core/backstep-error.ts'
export { errorCodes, type ErrorCode } from './core/error-code.ts'
export { formatDuration, parseDuration, type Duration } from './core/duration.ts'
export type { JournalEntry, SagaEvent } from './core/event.ts'
export type { Failure, SagaFailure } from './core/failure.ts'
export type { LegalVerb } from './core/legal-verbs.ts'
export type { OperatorVerb } from './core/operator-event.ts'
export type { JsonValue } from './core/json.ts'
export type { Plan, PlanNode, StepNode } from './core/plan.ts'
export type { SagaStatus, StepState } from './core/state.ts'
export type { SagaView } from './runtime/saga-view.ts'
export { stuckCodes, type Stuck, type StuckCode } from './core/stuck.ts'
export type { SavepointOptions } from './definition/add-savepoint.ts'
export { defineSaga, type SagaOptions } from './definition/define-saga.ts'
export type { ForEachOptions, ForkOptions } from './definition/fork-options.ts'
export type {
  ActionContext,
  CompensationContext,
  DecisionContext,
  InTransaction,
  ItemContext,
  OutputContext,
  ProbeContext,
} from './definition/handler-context.ts'
export { noEffect, stillUnknown, tookEffect, type ProbeAnswer } from './definition/probe-answer.ts'
export { isRejection, reject, type Rejection } from './definition/rejection.ts'
export { retryAfter, type RetryAfter } from './definition/retry-after.ts'
export type {
  InputOf,
  OutputOf,
  RegisteredSaga,
  SagaDefinition,
} from './definition/saga-definition.ts'
export type { ListedDefinition } from './ports/definition-store.ts'
export type { LogFields, Logger } from './ports/logger.ts'
export type { StatementResult, StepTransaction } from './ports/step-transaction.ts'
export { kyselyOf } from './postgres/index.ts'
export type { Limits, QueueLimits, QueueUse, Rate } from './ports/queue-store.ts'
export type { Pause } from './ports/pause-store.ts'
export type { Backlog, SagaRow, TaskRow } from './ports/saga-queries.ts'
export type {
  Backstep,
  ListOptions,
  ResultOptions,
  SagaDetails,
  SagaHandle,
} from './runtime/backstep.ts'
export type {
  AuditOptions,
  EditOptions,
  Operator,
  OperatorOptions,
  ResolveOptions,
  SkipOptions,
  StepVerbOptions,
} from './runtime/operator.ts'
export type { Pausable } from './runtime/pause-target.ts'
export type { RequestAnswer } from './runtime/operator-request.ts'
export type { SignalAnswer, SignalOptions } from './runtime/send-signal.ts'
export type { QueueChange, QueueOptions, QueuesOptions } from './runtime/queue-options.ts'
export type { StartSagaOptions } from './runtime/start-saga.ts'
export type { SagaResult } from './runtime/saga-result.ts'
export { startWorker, type RunningWorker, type StartWorkerOptions } from './runtime/start-worker.ts'
export type { CircuitState } from './runtime/send-circuit.ts'
export type { DispatchStatus } from './runtime/worker.ts'
export type { WorkerTuning } from './runtime/settings.ts'
export type { Circuit } from './runtime/circuits.ts'
export type {
  ClaimsRefused,
  SagaSettled,
  StepEnded,
  WorkerObserver,
} from './runtime/worker-observer.ts'
