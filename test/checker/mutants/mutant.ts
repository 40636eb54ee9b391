import type { Rules } from '../rules.ts'
import type { Shape } from '../shape.ts'

/** An engine with one rule left out, to prove that the search would notice. */
export interface Mutant {
  readonly name: string
  /** The rule of docs/semantics.md, or the invariant of the protocol, that it breaks. */
  readonly forgets: string
  readonly rules: Rules
  /** Where it is looked for. */
  readonly shape: Shape
}
