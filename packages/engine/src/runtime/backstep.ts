import { BackstepError } from '../core/backstep-error.ts'
import { parseDuration, type Duration } from '../core/duration.ts'
import type { JournalEntry } from '../core/event.ts'
import { legalVerbs, type LegalVerb } from '../core/legal-verbs.ts'
import type { Plan } from '../core/plan.ts'
import type { SagaStatus } from '../core/state.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import type { ListedDefinition } from '../ports/definition-store.ts'
import type { QueueLimits, QueueUse } from '../ports/queue-store.ts'
import type { Pause } from '../ports/pause-store.ts'
import type { SagaRow, TaskRow } from '../ports/saga-queries.ts'
import { pauseTarget, type Pausable } from './pause-target.ts'
import { checkSagaId, checkText } from './check-id.ts'
import { Circuits } from './circuits.ts'
import type { Engine } from './engine.ts'
import { viewOf, type SagaView } from './saga-view.ts'
import { hasEnded, resultOf, type SagaResult } from './saga-result.ts'
import type { SharedParts } from './shared-parts.ts'
import { HintSender } from './hint-sender.ts'
import { Operator, type AuditOptions, type OperatorOptions } from './operator.ts'
import { readSaga, type RequestAnswer } from './operator-request.ts'
import { KnownLimits } from './known-limits.ts'
import { LocalWorkers } from './local-workers.ts'
import {
  changedLimits,
  declaredLimits,
  type QueueChange,
  type QueuesOptions,
} from './queue-options.ts'
import { Registry } from './registry.ts'
import { ResultWaiters } from './result-waiters.ts'
import { sendSignal, type SignalAnswer, type SignalOptions } from './send-signal.ts'
import { startSaga, type StartSagaOptions } from './start-saga.ts'

/** A saga that was started, or was there already under the same key and input. */
export interface SagaHandle<Output> {
  readonly sagaId: string
  /** Waits for the end, as `Backstep.result` does. */
  readonly result: (options?: ResultOptions) => Promise<SagaResult<Output>>
  /**
   * Sends the saga's hint to the queue at once. Only of use after the commit of the caller's own transaction: without it a
   * sweep finds the saga within its interval.
   */
  readonly dispatchNow: () => Promise<void>
}

/** How long to wait; without a time-out, until the saga ends or the client is closed. */
export interface ResultOptions {
  readonly timeout?: Duration
}

/** Which sagas to list; what is left out does not filter. */
export interface ListOptions {
  readonly status?: SagaStatus | readonly SagaStatus[]
  readonly name?: string
  readonly key?: string
  /** Started at least this long ago. */
  readonly olderThan?: Duration
  /** The last saga of the previous page. */
  readonly before?: string
  /** At most 1,000; 100 unless set. */
  readonly limit?: number
}

/** Everything that is known about one saga. */
export interface SagaDetails {
  readonly saga: SagaRow
  readonly plan: Plan
  readonly state: SagaView
  readonly journal: readonly JournalEntry[]
  readonly tasks: readonly TaskRow[]
  /** What an operator may ask for now. */
  readonly legal: readonly LegalVerb[]
}

/**
 * The client: starts sagas, waits for their results, and asks and answers what people want to know about them. One for a
 * process; `close` it in the end.
 */
export class Backstep {
  /** What workers of this process share with the client. */
  readonly shared: SharedParts
  readonly #engine: Engine
  readonly #closeEngine: () => Promise<void>

  /**
   * @param queues what the workers of this process say of queues
   * @throws BackstepError `CONFIGURATION_INVALID`, `DURATION_INVALID` or `ID_INVALID` for what cannot be said of a queue
   */
  constructor(engine: Engine, closeEngine: () => Promise<void>, queues: QueuesOptions = {}) {
    const { queue, logger, clock, queries, definitions, limits } = engine
    const declared = declaredLimits(queues)
    this.#engine = engine
    this.#closeEngine = closeEngine
    const locals = new LocalWorkers()
    const isAtWork = (sagaId: string): boolean => locals.isAtWork(sagaId)
    this.shared = {
      engine,
      circuits: new Circuits(engine),
      registry: new Registry(definitions),
      hints: new HintSender({ queue, clock, logger, locals }),
      locals,
      limits: new KnownLimits({ limits, logger, declared }),
      waiters: new ResultWaiters({ queries, clock, logger, isAtWork }),
    }
  }

  /**
   * Starts a saga. Once this resolves the saga is in Postgres and will run, whatever happens to this process or to Redis;
   * with `transaction` that holds from that transaction's commit on.
   *
   * @throws BackstepError `INPUT_INVALID`, `PAYLOAD_INVALID` or `ID_INVALID` before anything is written; `KEY_CONFLICT`
   *   when the key was used with another input; `DEFINITION_CHANGED`; `DATABASE_UNAVAILABLE`: then whether the saga was
   *   made may be unknown, and starting it again under the same key is safe
   */
  async start<Input, Output>(
    saga: SagaDefinition<Input, Output>,
    options: StartSagaOptions<Input>,
  ): Promise<SagaHandle<Output>> {
    const { sagaId, hint } = await startSaga(this.shared, saga, options)
    let ended: SagaResult<Output> | null = null
    return {
      sagaId,
      result: async (how) => {
        const result = ended ?? (await this.#wait<Output>(sagaId, how))
        // Only this end is one for ever: a late effect can take a compensated saga up again.
        if (result.status === 'completed') ended = result
        return result
      },
      dispatchNow: async () => {
        this.shared.hints.send([hint])
        await this.shared.hints.flush()
      },
    }
  }

  /**
   * One saga's row.
   *
   * @throws BackstepError `ID_INVALID`, `SAGA_NOT_FOUND`
   */
  async get(sagaId: string): Promise<SagaRow> {
    const row = await this.#engine.queries.findSaga(checkSagaId(sagaId))
    if (row !== undefined) return row
    throw new BackstepError(
      'SAGA_NOT_FOUND',
      `There is no saga ${sagaId} in this schema; "backstep list" shows those that there are.`,
    )
  }

  /**
   * One saga with its plan, its folded state, its journal and its tasks.
   *
   * @throws BackstepError `ID_INVALID`, `SAGA_NOT_FOUND`, `DEFINITION_NOT_FOUND`
   */
  async describe(sagaId: string): Promise<SagaDetails> {
    const saga = await this.get(sagaId)
    const { plan, state, entries } = await readSaga(this.shared, saga.sagaId)
    const tasks = await this.#engine.queries.listTasks(saga.sagaId)
    const legal = legalVerbs(plan, state)
    return { saga, plan, state: viewOf(plan, state), journal: entries, tasks, legal }
  }

  /**
   * Waits until a saga has ended.
   *
   * @throws BackstepError `ID_INVALID`, `SAGA_NOT_FOUND`; `RESULT_TIMEOUT`; `WORKER_STOPPED` when the client is closed
   */
  async result<Output = unknown>(
    sagaId: string,
    options: ResultOptions = {},
  ): Promise<SagaResult<Output>> {
    const known = await this.get(sagaId)
    return hasEnded(known) ? resultOf<Output>(known) : this.#wait<Output>(known.sagaId, options)
  }

  /** Sagas, newest first. */
  async list(options: ListOptions = {}): Promise<readonly SagaRow[]> {
    const { status, name, key, olderThan, before, limit = 100 } = options
    return this.#engine.queries.listSagas({
      ...(status === undefined ? {} : { statuses: typeof status === 'string' ? [status] : status }),
      ...(name === undefined ? {} : { name }),
      ...(key === undefined ? {} : { key }),
      ...(olderThan === undefined ? {} : { olderThanMs: parseDuration(olderThan, 'olderThan') }),
      ...(before === undefined ? {} : { before: checkSagaId(before) }),
      limit: Math.min(1_000, Math.max(1, limit)),
    })
  }

  /** The stored definitions, all versions. */
  async definitions(): Promise<readonly ListedDefinition[]> {
    return this.#engine.definitions.listDefinitions()
  }

  /**
   * Asks for a saga to be undone. Durable and safe to repeat; against the saga's completion the first one wins. Past the
   * pivot it is refused.
   *
   * @throws BackstepError `ID_INVALID`, `SAGA_NOT_FOUND`
   */
  async cancel(sagaId: string, options: OperatorOptions): Promise<RequestAnswer> {
    return this.operate(sagaId).cancel(options)
  }

  /**
   * Sets a stuck saga going again, in the direction that it had, with a fresh budget of attempts and the same idempotency
   * keys. One that waits for its next attempt makes it now.
   *
   * @throws BackstepError `ID_INVALID`, `SAGA_NOT_FOUND`
   */
  async retry(sagaId: string, options: OperatorOptions): Promise<RequestAnswer> {
    return this.operate(sagaId).retry(options)
  }

  /**
   * What an operator can do to a saga: `backstep.operate(sagaId).skip({ actor, reason })`.
   *
   * @throws BackstepError `ID_INVALID`
   */
  operate(sagaId: string): Operator {
    return new Operator(this.shared, checkSagaId(sagaId))
  }

  /**
   * Pauses a queue or a definition for all workers: within seconds they claim no task of that queue, or start no handler of
   * that definition. What is at work ends, and sagas can still be started.
   *
   * @returns false where it was paused already
   * @throws BackstepError `ID_INVALID`, `CONFIGURATION_INVALID`
   */
  async pause(target: Pausable, { actor, reason }: AuditOptions): Promise<boolean> {
    const by = { actor: checkText(actor, 'actor'), reason: checkText(reason, 'reason') }
    return this.#engine.pauses.pause(pauseTarget(target), by)
  }

  /** Ends such a pause. False where there was none. */
  async resume(target: Pausable): Promise<boolean> {
    return this.#engine.pauses.resume(pauseTarget(target))
  }

  /** What is paused as a whole, by whom and why. */
  async pauses(): Promise<readonly Pause[]> {
    return this.#engine.pauses.listPauses()
  }

  /**
   * Sends a signal to a saga that waits for it, or will. Once this resolves the saga has it, whatever happens to this process.
   * Signals are taken in the order in which they came; what a schema refuses is told in the journal.
   *
   * @throws BackstepError `SIGNAL_UNKNOWN` when the saga has no such wait; `SIGNAL_INVALID` when this process has the saga's
   *   definition registered, and its schema refuses the payload; `ID_INVALID`, `PAYLOAD_INVALID`, `SAGA_NOT_FOUND`
   */
  async signal(sagaId: string, options: SignalOptions): Promise<SignalAnswer> {
    return sendSignal(this.shared, await this.get(sagaId), options)
  }

  /** The queues that have limits or tasks, with what is going on in each. Counts tasks: for people and metrics. */
  async queues(): Promise<readonly QueueUse[]> {
    return this.#engine.limits.readUse()
  }

  /**
   * Sets limits of a queue over all workers, instead of what code declares; `code` goes back to that. Holds for every step
   * that begins once the workers have looked, which each does within a round or two of its sweep.
   *
   * @returns the limits that hold now
   * @throws BackstepError `ID_INVALID`, `CONFIGURATION_INVALID`, `DURATION_INVALID`
   */
  async limitQueue(
    queue: string,
    change: QueueChange | 'code',
    { actor, reason }: AuditOptions,
  ): Promise<QueueLimits> {
    const name = checkText(queue, 'queue')
    const by = { actor: checkText(actor, 'actor'), reason: checkText(reason, 'reason') }
    const to = change === 'code' ? change : changedLimits(name, change)
    return this.#engine.limits.overrideLimits({ queue: name, to, ...by })
  }

  async #wait<Output>(
    sagaId: string,
    { timeout }: ResultOptions = {},
  ): Promise<SagaResult<Output>> {
    const timeoutMs = timeout === undefined ? null : parseDuration(timeout, 'The timeout of result')
    return resultOf<Output>(await this.shared.waiters.wait(sagaId, timeoutMs))
  }

  /** Sends what is still to be sent, turns waiting callers away, and closes the connections that were opened here. */
  async close(): Promise<void> {
    await this.shared.waiters.close()
    await this.shared.hints.close()
    await this.#closeEngine()
  }
}
