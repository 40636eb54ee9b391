import type { SagaStatus } from '../../packages/engine/src/core/state.ts'
import type { Ledger } from './ledger.ts'
import { allSteps, mostAttempts, stepsBefore, stepsBehind, type Shape } from './shapes.ts'
import type { Call } from './stage.ts'

/** How a handler ended, as its participant has it. */
export type Verdict = 'success' | 'failure' | 'rejection'

/**
 * Why something may have happened to a saga.
 *
 * - `nothing`: nobody who holds it did anything.
 * - `claimed`: somebody has claimed one of its branches, or has taken it over.
 * - `verdict`: the holder of a branch had its handler end.
 * - `late`: a handler ended whose claim was lost, or whose time was over.
 * - `canceled`, `retried`: an operator asked.
 */
export type Cause =
  | { readonly type: 'nothing' | 'canceled' | 'retried' | 'time' }
  | { readonly type: 'claimed'; readonly isStranger: boolean }
  | { readonly type: 'verdict'; readonly call: Call; readonly verdict: Verdict }
  | { readonly type: 'late'; readonly verdict: Verdict }

/** What is known of one action, by its idempotency key. */
interface Action {
  readonly step: string
  /** Handlers that were started. */
  started: number
  /** Verdicts of holders. */
  succeeded: boolean
  rejected: number
  failed: number
  /** Attempts since an operator last gave it a fresh budget. */
  spent: number
}

/**
 * What a saga may do, from the page on semantics and nothing else. It knows what the participants said and what people asked
 * for. Where that leaves room, because a claim was lost or a result came late, more than one status is right.
 */
export class SagaModel {
  readonly sagaId: string
  readonly shape: Shape
  status: SagaStatus = 'running'
  #canceled = false
  /** Claims that were lost or died: whatever their branch was at may have taken effect. */
  #lost = 0
  #late = false
  #isTurning = false
  #metStranger = false
  readonly #actions = new Map<string, Action>()
  readonly #undos = new Map<string, { failed: number }>()

  constructor(sagaId: string, shape: Shape) {
    this.sagaId = sagaId
    this.shape = shape
  }

  get isLive(): boolean {
    return this.status !== 'completed' && this.status !== 'compensated'
  }

  claimLost(): void {
    this.#lost += 1
  }

  /** An operator asked for something, and was not refused. A retry brings a fresh budget. */
  asked(verb: 'cancel' | 'retry'): void {
    if (verb === 'cancel') this.#canceled = true
    else for (const action of this.#actions.values()) action.spent = 0
  }

  /** @returns why this handler must not begin; null where it may */
  begins(call: Call, ledger: Ledger): string | null {
    return call.kind === 'action'
      ? this.#actionBegins(call)
      : this.#compensationBegins(call, ledger)
  }

  /** The holder of the branch has the verdict of its handler written. */
  ended(call: Call, verdict: Verdict): void {
    if (call.kind === 'compensation') {
      const undo = this.#undos.get(call.idempotencyKey)
      if (undo !== undefined && verdict !== 'success') undo.failed += 1
      return
    }
    const action = this.#actions.get(call.idempotencyKey)
    if (action === undefined) return
    action.spent += 1
    if (verdict === 'success') action.succeeded = true
    else if (verdict === 'rejection') action.rejected += 1
    else action.failed += 1
    if (verdict !== 'success') this.#isTurning ||= this.#turnsBack(call, verdict)
  }

  /** Somebody claimed it who has not its code: in a fork it is stuck only when the other branches have ended. */
  strangerCame(): void {
    this.#metStranger = true
  }

  endedLate(): void {
    this.#late = true
  }

  /** Semantics 1: from where to where, and when. */
  mayBecome(cause: Cause): ReadonlySet<SagaStatus> {
    switch (this.status) {
      case 'running':
        return new Set(this.#fromRunning(cause))
      case 'compensating':
        return new Set(this.#fromCompensating(cause))
      case 'stuck':
        return new Set(this.#fromStuck(cause))
      case 'compensated':
      case 'completed':
        // An orphan effect.
        return new Set(isLateSuccess(cause) ? [this.status, 'stuck'] : [this.status])
      case 'partially_compensated':
      case 'abandoned':
        return new Set([this.status])
    }
  }

  #fromRunning(cause: Cause): readonly SagaStatus[] {
    const isForked = this.shape.steps.some((part) => typeof part !== 'string')
    switch (cause.type) {
      case 'nothing':
      case 'canceled':
      case 'retried':
      case 'late':
        return ['running']
      case 'time':
        // A time-out is a verdict too: what was reported late counts with it.
        return [
          'running',
          ...this.#back(),
          ...this.#stuck(),
          ...(this.#late ? this.#completed() : []),
        ]
      case 'claimed':
        if (cause.isStranger) return isForked ? ['running', 'stuck', ...this.#back()] : ['stuck']
        return ['running', ...this.#completed(), ...this.#back(), ...this.#stuck()]
      case 'verdict':
        return this.#afterVerdict(cause.call, cause.verdict, isForked)
    }
  }

  #afterVerdict(call: Call, verdict: Verdict, isForked: boolean): readonly SagaStatus[] {
    const open: readonly SagaStatus[] = ['running', ...this.#back(), ...this.#stuck()]
    const isSure = this.#lost === 0 && !this.#late && !isForked
    if (!isSure) return [...open, ...this.#completed()]
    if (verdict === 'success') return this.#afterSuccess(call)
    if (!this.#turnsBack(call, verdict)) return open
    return this.shape.returns === null ? goingBack : ['running', ...goingBack]
  }

  #afterSuccess({ step }: Call): readonly SagaStatus[] {
    const isOpen = step !== this.shape.pivot && !this.#isPastPivot()
    if (this.#canceled && isOpen) return goingBack
    const completed = this.#completed()
    return completed.length > 0 ? completed : ['running', ...this.#stuck()]
  }

  #fromCompensating(cause: Cause): readonly SagaStatus[] {
    const back = this.shape.returns === null ? [] : (['running', 'completed'] as const)
    switch (cause.type) {
      case 'nothing':
      case 'canceled':
      case 'retried':
      case 'late':
        return ['compensating']
      case 'time':
        return ['compensating', ...this.#stuck()]
      case 'claimed':
        return ['compensating', ...back, 'compensated', ...this.#stuck(cause.isStranger)]
      case 'verdict':
        return cause.verdict === 'success'
          ? ['compensating', 'compensated', ...back, ...this.#stuck()]
          : ['compensating', ...this.#stuck()]
    }
  }

  #fromStuck(cause: Cause): readonly SagaStatus[] {
    if (cause.type === 'canceled') return ['stuck', ...goingBack]
    return cause.type === 'retried'
      ? ['stuck', 'running', 'compensating', 'compensated', 'completed']
      : ['stuck']
  }

  /** Whether a verdict ends what a step can do, so that the saga turns back: only before the pivot has succeeded. */
  #turnsBack(call: Call, verdict: Verdict): boolean {
    if (call.kind === 'compensation' || this.#isPastPivot()) return false
    const { failed = 0, spent = 0 } = this.#actions.get(call.idempotencyKey) ?? {}
    if (call.step === this.shape.pivot) return verdict === 'rejection' && failed === 0
    return verdict === 'rejection' || this.#canceled || spent >= mostAttempts
  }

  /** To turn back there must be a reason: somebody asked, a step failed, a claim was lost, or nobody sent the signal. */
  #back(): readonly SagaStatus[] {
    const hasReason = this.#canceled || this.#isTurning || this.#lost > 0 || this.#late
    const isTimed = this.shape.afterWait !== null || this.#attempts() > 0
    return (hasReason || isTimed) && !this.#isPastPivot() ? goingBack : []
  }

  /** Nothing is stuck but who has lost a worker, met a stranger, or has tried something as often as it may. */
  #stuck(isStranger = false): readonly SagaStatus[] {
    const undos = [...this.#undos.values()]
    const isSpent =
      this.#attempts() > 0 || undos.some(({ failed }) => failed >= mostAttempts) || this.#lost > 0
    return isSpent || isStranger || this.#metStranger ? ['stuck'] : []
  }

  #attempts(): number {
    return [...this.#actions.values()].filter(({ failed }) => failed > 0).length
  }

  #completed(): readonly SagaStatus[] {
    const isDone = allSteps(this.shape).every((step) => this.#mayBeDone(step))
    return isDone ? ['completed'] : []
  }

  #mayBeDone(step: string): boolean {
    const tries = [...this.#actions.values()].filter((action) => action.step === step)
    if (tries.some(({ succeeded }) => succeeded)) return true
    // What somebody did whose claim was lost may be told late, and counts.
    return this.#late && tries.length > 0
  }

  #isPastPivot(): boolean {
    const { pivot } = this.shape
    return pivot !== null && this.#isSurelyDone(pivot)
  }

  #isSurelyDone(step: string): boolean {
    return [...this.#actions.values()].some((action) => action.step === step && action.succeeded)
  }

  #actionBegins({ step, round, idempotencyKey }: Call): string | null {
    const action = this.#actions.get(idempotencyKey) ?? untried(step)
    this.#actions.set(idempotencyKey, action)
    action.started += 1
    if (round > (this.shape.returns?.rounds ?? 1)) return `round ${round} is one too many`
    if (action.succeeded) return 'it has succeeded already'
    const missing = stepsBefore(this.shape, step).find((earlier) => !this.#mayBeDone(earlier))
    if (missing !== undefined) return `"${missing}" before it is not done`
    return this.#isOnItsWayBack(round) ? 'the saga is on its way back' : null
  }

  #isOnItsWayBack(round: number): boolean {
    const isBack = this.status === 'compensating' || this.status === 'compensated'
    return isBack && (this.shape.returns === null || round === 1)
  }

  #compensationBegins(call: Call, ledger: Ledger): string | null {
    const { idempotencyKey, actionIdempotencyKey = '', step } = call
    const undo = this.#undos.get(idempotencyKey) ?? { failed: 0 }
    this.#undos.set(idempotencyKey, undo)
    const standing = ledger.standing(this.sagaId)
    const { pivot } = this.shape
    if (pivot !== null && standing.includes(pivot)) return 'the pivot stands'
    const left = stepsBehind(this.shape, step).find((later) => standing.includes(later))
    if (left !== undefined) return `"${left}", done after it, still stands`
    // Who lost a claim may have begun what nobody here has seen.
    return this.#lost > 0 ? null : this.#nothingOwed(actionIdempotencyKey)
  }

  #nothingOwed(actionKey: string): string | null {
    const action = this.#actions.get(actionKey)
    if (action === undefined) return 'its action never began'
    const isDenied = action.rejected > 0 && action.rejected === action.started
    return isDenied ? 'its action was rejected' : null
  }
}

function untried(step: string): Action {
  return { step, started: 0, succeeded: false, rejected: 0, failed: 0, spent: 0 }
}

const goingBack = ['compensating', 'compensated'] as const

function isLateSuccess(cause: Cause): boolean {
  return cause.type === 'late' && cause.verdict === 'success'
}
