import { decide } from './decide.ts'
import { haltsOf } from './halts-of.ts'
import type { Observation } from './observation.ts'
import type { OperatorVerb } from './operator-event.ts'
import type { Plan } from './plan.ts'
import type { SagaState } from './state.ts'

/** Something that an operator may ask for now. */
export interface LegalVerb {
  readonly verb: OperatorVerb | 'cancel'
  /** The steps that it may be about, by key; empty where it is about the whole saga. */
  readonly steps: readonly string[]
}

/** What an operator may ask for in this state: everything that `decide` would not refuse. */
export function legalVerbs(plan: Plan, state: SagaState): readonly LegalVerb[] {
  const isLegal = (asked: Observation): boolean => decide(plan, state, asked).events.length > 0
  const steps = state.status === 'stuck' ? haltsOf(state).flatMap(({ step }) => step ?? []) : []
  return [
    ...ofSaga(state)
      .filter(({ asked }) => isLegal(asked))
      .map(({ verb }) => ({ verb, steps: [] })),
    ...stepVerbs.flatMap(({ verb, ask }) => {
      const legal = steps.filter((step) => isLegal(ask(step)))
      return legal.length === 0 ? [] : [{ verb, steps: legal }]
    }),
  ]
}

const by = { actor: 'nobody', reason: 'to find out' }
const asking = { type: 'operator_asked', ...by } as const

interface Tried {
  readonly verb: LegalVerb['verb']
  readonly asked: Observation
}

/** In the order in which an operator thinks of them. */
function ofSaga({ input }: SagaState): readonly Tried[] {
  return [
    { verb: 'retry', asked: { type: 'retry_asked', ...by } },
    { verb: 'edit', asked: { ...asking, verb: 'edit', input, noEffect: true } },
    { verb: 'compensate', asked: { ...asking, verb: 'compensate' } },
    { verb: 'cancel', asked: { type: 'cancel_asked', ...by } },
    { verb: 'pause', asked: { ...asking, verb: 'pause' } },
    { verb: 'resume', asked: { ...asking, verb: 'resume' } },
    { verb: 'abandon', asked: { ...asking, verb: 'abandon' } },
  ]
}

interface TriedStep {
  readonly verb: OperatorVerb
  readonly ask: (step: string) => Observation
}

const stepVerbs: readonly TriedStep[] = [
  { verb: 'skip', ask: (step) => ({ ...asking, verb: 'skip', step, output: null }) },
  {
    verb: 'resolve',
    ask: (step) => ({
      ...asking,
      verb: 'resolve',
      step,
      outcome: { status: 'succeeded', output: null },
    }),
  },
  { verb: 'mark_compensated', ask: (step) => ({ ...asking, verb: 'mark_compensated', step }) },
  { verb: 'waive', ask: (step) => ({ ...asking, verb: 'waive', step }) },
]
