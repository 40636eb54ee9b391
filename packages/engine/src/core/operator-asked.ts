import type { JsonValue } from './json.ts'

/** An operator asks for something that is decided on what the journal says, and kept in it with who asked and why. */
export type OperatorAsked = StepAsked | SagaAsked | EditAsked

interface Asked {
  readonly type: 'operator_asked'
  readonly actor: string
  readonly reason: string
}

/** About a step that the saga is halted at; null where that is only one. */
export type StepAsked = Asked & { readonly step: string | null } & (
    | SkipAsked
    | ResolveAsked
    | { readonly verb: 'mark_compensated' | 'waive' }
  )

interface SkipAsked {
  readonly verb: 'skip'
  /** What later steps are to see in the place of its output. */
  readonly output?: JsonValue
}

interface ResolveAsked {
  readonly verb: 'resolve'
  /** What the operator has found out about the attempts so far. */
  readonly outcome:
    | { readonly status: 'succeeded'; readonly output: JsonValue }
    | { readonly status: 'no_effect' }
}

/** About the saga as a whole. */
export type SagaAsked = Asked & { readonly verb: 'compensate' | 'abandon' | 'pause' | 'resume' }

/** Another input for what has not been done yet, and another try. */
export interface EditAsked extends Asked {
  readonly verb: 'edit'
  readonly input: JsonValue
  /** The operator has made sure that no attempt under the old input has an effect. */
  readonly noEffect: boolean
}
