/** What every request to a participant says of itself. */
interface BarrierContextBasics {
  readonly sagaId: string
  /** The path of the branch in its saga; `main` in a saga that has one only. */
  readonly branch: string
  readonly step: string
  /** From 1. A retry stays in its round. */
  readonly round: number
}

/** An action, as plain data. */
export interface BarrierActionContext extends BarrierContextBasics {
  readonly kind: 'action'
}

/** A compensation, as plain data. */
export interface BarrierCompensationContext extends BarrierContextBasics {
  readonly kind: 'compensation'
  /** The round of the action that it undoes: an orphan effect is undone in a later round than it was made in. */
  readonly actionRound: number
  /** What the saga knows of the action. */
  readonly outcome: 'succeeded' | 'unknown'
}

/** The part of a handler's context that a participant needs: small, and the same after a round trip through JSON. */
export type BarrierContext = BarrierActionContext | BarrierCompensationContext

/** What is needed of an action's context, as the engine gives it. */
export interface ActionHandlerContext {
  readonly sagaId: string
  readonly step: string
  readonly idempotencyKey: string
  readonly kind?: 'action' | 'compensation'
  readonly branch?: string
  readonly round?: number
}

/** What is needed of a compensation's context, as the engine gives it. */
export interface CompensationHandlerContext {
  readonly sagaId: string
  readonly step: string
  readonly idempotencyKey: string
  readonly actionIdempotencyKey: string
  readonly outcome: 'succeeded' | 'unknown'
  readonly kind?: 'action' | 'compensation'
  readonly branch?: string
  readonly round?: number
}

/** Whatever says which action or compensation this is: a handler's own context, or what another service was sent of it. */
export type BarrierSource = BarrierContext | ActionHandlerContext | CompensationHandlerContext
