import type { StepNode } from '../../packages/engine/src/core/plan.ts'
import { stepNode } from '../../packages/engine/src/core/plan-steps.ts'
import { reject } from '../../packages/engine/src/definition/rejection.ts'
import type {
  RegisteredSaga,
  StepHandlers,
} from '../../packages/engine/src/definition/saga-definition.ts'
import { retryAfter } from '../../packages/engine/src/definition/retry-after.ts'
import { givenProblems } from './given-problems.ts'
import { readKey, type Direction, type HandlerCall } from './ledger.ts'
import { Inquiry } from './inquiry.ts'
import type { Called, PerformerOptions } from './performer-options.ts'
import type { SagaRecord } from './saga-record.ts'
import { garbage, mannerAt, readScript, type Act, type Manner } from './script.ts'
import { startProblems } from './start-problems.ts'
import { placeOf } from './step-keys.ts'

/** A definition whose handlers are this process's own: they act by the saga's script, and are watched. */
export function performedBy(options: PerformerOptions, definition: RegisteredSaga): RegisteredSaga {
  const handlers = new Map<string, StepHandlers>()
  for (const [step, given] of definition.handlers) {
    handlers.set(step, {
      ...given,
      action: (called) => new Performance(options, definition, 'action').play(called),
      ...(given.fallback === undefined
        ? {}
        : {
            fallback: (called) => new Performance(options, definition, 'action', true).play(called),
          }),
      ...(given.probe === undefined
        ? {}
        : { probe: (called) => new Inquiry(options, definition).play(called) }),
      ...(given.compensation === undefined
        ? {}
        : {
            compensation: (called) =>
              new Performance(options, definition, 'compensation').play(called),
          }),
    })
  }
  return { ...definition, handlers }
}

/** One call of one handler. */
class Performance {
  readonly #options: PerformerOptions
  readonly #definition: RegisteredSaga
  readonly #direction: Direction
  readonly #isFallback: boolean

  constructor(
    options: PerformerOptions,
    definition: RegisteredSaga,
    direction: Direction,
    isFallback = false,
  ) {
    this.#options = options
    this.#definition = definition
    this.#direction = direction
    this.#isFallback = isFallback
  }

  async play(called: Called): Promise<unknown> {
    const call = this.#begin(called)
    try {
      const value = await this.#act(call, called)
      this.#end(call, value === garbage ? 'garbage' : 'succeeded')
      return value
    } catch (error) {
      const isRejection = error instanceof Error && error.name === 'Rejection'
      this.#end(call, isRejection ? 'rejected' : 'failed')
      throw error
    }
  }

  #begin(called: Called): HandlerCall {
    const { sagaId, step, attempt, idempotencyKey: key } = called
    const { plan } = this.#definition
    const { node, timeline, ledger, witness, abortGraceMs } = this.#options
    const direction = this.#direction
    const parts = readKey(key)
    if (parts?.direction !== direction || parts.place !== placeOf(plan, sagaId, step)) {
      witness.accuse(sagaId, `${direction} of "${step}" was given the key ${key}`)
    }
    for (const what of givenProblems(plan, called)) {
      witness.accuse(sagaId, `${direction} of "${step}" was given ${what}`)
    }
    const { place, round } = parts ?? { place: key, round: 1 }
    const actionRound = actionRoundOf(called)
    const record = witness.sagas.get(sagaId)
    const startedMs = timeline.nowMs
    const stepped = stepNode(plan, step)
    const patienceMs = stepped.timeoutMs + abortGraceMs
    const isBarred = stepped.role === 'compensatable' && stepped.barrier === true
    const isTransactional = worksInTransaction(stepped, direction)
    if ((called.transaction !== undefined) !== isTransactional) {
      witness.accuse(sagaId, `${direction} of "${step}" was given a transaction, or none`)
    }
    // Clocks may differ a little.
    const quietMs = startedMs + patienceMs * 0.95
    const outcome = 'open'
    const what = { isBarred, isTransactional, isFenced: false, askedMs: null, actionRound }
    const made = { node, sagaId, step, key, attempt, startedMs, quietMs, ...what }
    const call = {
      ...made,
      place,
      direction,
      round,
      endedMs: null,
      outcome,
      effectMs: null,
      hangs: false,
    } as const
    if (record === undefined) witness.accuse(sagaId, 'a handler runs for a saga that is not there')
    else this.#judge(call, record)
    const kept: HandlerCall = { ...call }
    ledger.calls.push(kept)
    return kept
  }

  /** What must hold whenever a handler starts. */
  #judge(call: HandlerCall, record: SagaRecord): void {
    const { node, witness, queues } = this.#options
    const { sagaId, step, direction, isBarred } = call
    const { plan } = this.#definition
    const { queue } = stepNode(plan, step)
    const problems = [...startProblems(plan, record, call)]
    if (!queues.includes(queue)) problems.push(`and does not serve ${queue}`)
    const isAtWork = this.#options.ledger.isActionAtWork(call, call.startedMs)
    if (direction === 'compensation' && !isBarred && isAtWork) {
      problems.push('while its action may still be at work')
    }
    for (const problem of problems) {
      witness.accuse(sagaId, `${node.name} starts the ${direction} of "${step}" ${problem}`)
    }
  }

  async #act(call: HandlerCall, called: Called): Promise<unknown> {
    const { input, step } = called
    const act = actOf(input, this.#direction, step)
    const manner = this.#mannerOf(act, call)
    const { draws } = this.#options
    // Asked for only by those who look at it: the engine makes it on demand.
    const stop = act.heeds ? called.signal : undefined
    this.#count(manner)
    await this.#work(act.workMs, stop)
    this.#refuse(manner, call)
    if (manner === 'hang') await this.#hang(call, stop)
    const lateMs = manner === 'overrun' ? draws.between(500, 3_000) : 0
    const beforeMs = draws.chance(0.5) ? lateMs : 0
    await this.#work(beforeMs, stop)
    if (!(await this.#carryOut(call, called))) throw reject('undone', 'This was undone before.')
    await this.#work(lateMs - beforeMs + act.workMs, stop)
    if (manner === 'kill') await this.#kill()
    return this.#answer(manner, call)
  }

  /** The other way may go well where the first one did not. Who refuses, refuses either way. */
  #mannerOf(act: Act, call: HandlerCall): Manner {
    const isBetter = this.#isFallback && act.first !== 'reject' && this.#options.draws.chance(0.5)
    return isBetter ? 'well' : mannerAt(act, call)
  }

  /** Without an effect. */
  #refuse(manner: Manner, call: HandlerCall): void {
    if (manner === 'reject') throw reject('refused', 'The participant refuses.')
    if (manner === 'throw') throw new Error('The participant is out of order.')
    if (manner === 'busy') throw coded('busy')
    if (manner === 'fatal') throw coded('fatal')
    if (manner !== 'ask_later') return
    call.askedMs = this.#options.draws.between(50, 900)
    throw retryAfter(call.askedMs, coded('busy'))
  }

  /** The process dies of it; nothing comes after that. */
  #kill(): Promise<never> {
    const { node, timeline, kill } = this.#options
    timeline.after(0, node, `${node.name} dies of its handler`, kill)
    return Promise.withResolvers<never>().promise
  }

  #answer(manner: Manner, { attempt, direction }: HandlerCall): unknown {
    if (manner === 'lose_reply') throw new Error('The reply was lost.')
    if (manner === 'garbage' && direction === 'action') return garbage
    return { by: this.#options.node.name, attempt }
  }

  #count(manner: Manner): void {
    const { faults } = this.#options
    switch (manner) {
      case 'well':
        return
      case 'reject':
        return faults.count('handler_rejected')
      case 'throw':
        return faults.count('handler_threw')
      case 'hang':
        return faults.count('handler_hung')
      case 'overrun':
        return faults.count('handler_overran')
      case 'lose_reply':
        return faults.count('reply_of_effect_lost')
      case 'garbage':
        return faults.count('output_unstorable')
      case 'kill':
        return faults.count('handler_killed')
      case 'busy':
        return faults.count('handler_busy')
      case 'fatal':
        return faults.count('handler_fatal')
      case 'ask_later':
        return faults.count('handler_asked_later')
    }
  }

  async #work(ms: number, stop: AbortSignal | undefined): Promise<void> {
    if (ms <= 0) return
    await this.#options.node.clock.sleep(ms, stop)
    if (stop?.aborted === true) throw new Error('The handler was told to stop.')
  }

  async #hang(call: HandlerCall, stop: AbortSignal | undefined): Promise<void> {
    call.hangs = stop === undefined || stop.aborted
    const { promise, reject: end } = Promise.withResolvers<never>()
    const tell = (): void => end(new Error('The handler was told to stop.'))
    stop?.addEventListener('abort', tell, { once: true })
    await promise
  }

  /** The call goes out to the participant; who has sent it may be dead when it gets there. */
  async #carryOut(call: HandlerCall, { transaction }: Called): Promise<boolean> {
    const { node, timeline, draws, faults, ledger } = this.#options
    if (transaction !== undefined) {
      // It takes effect when it is committed.
      await transaction.query('take effect', [ledger.calls.indexOf(call)])
      return true
    }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const label = `${node.name} ${call.direction} ${call.key} at its participant`
    const transportMs = draws.between(0, draws.pick([3, 3, 80]))
    timeline.after(transportMs, null, label, () => {
      if (node.isDead && !faults.strikes('effect_of_the_dead')) return
      const carriedOut = ledger.carryOut(call, timeline.nowMs)
      node.reach(draws.between(0, 3), 'participant answers', () => resolve(carriedOut))
    })
    return promise
  }

  #end(call: HandlerCall, outcome: HandlerCall['outcome']): void {
    call.outcome = outcome
    call.endedMs = this.#options.timeline.nowMs
  }
}

function worksInTransaction(node: StepNode, direction: Direction): boolean {
  if (direction === 'action') return node.transactional === true
  if (node.role !== 'compensatable' || node.compensation.type === 'none') return false
  return node.compensation.transactional === true
}

/** A failure that programs can tell from others. */
function coded(code: string): Error {
  return Object.assign(new Error(`The participant is ${code}.`), { code })
}

/** The round of an action, or of the one that a compensation undoes. */
function actionRoundOf({ idempotencyKey, actionIdempotencyKey = idempotencyKey }: Called): number {
  return readKey(actionIdempotencyKey)?.round ?? 1
}

function actOf(input: unknown, direction: Direction, step: string): Act {
  const { actions, undos } = readScript(input)
  const act = (direction === 'action' ? actions : undos)[step]
  if (act === undefined) throw new RangeError(`The script has nothing for "${step}".`)
  return act
}
