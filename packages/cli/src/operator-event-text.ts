import type { SagaEvent } from '@backstep/engine'

import { printable } from './printable.ts'

/** What an operator did, and what came of it for a step. */
export type OperatorEvent = Extract<
  SagaEvent,
  {
    readonly type:
      | 'operator_acted'
      | 'action_skipped'
      | 'compensation_settled'
      | 'saga_partially_compensated'
  }
>

const types: ReadonlySet<SagaEvent['type']> = new Set<OperatorEvent['type']>([
  'operator_acted',
  'action_skipped',
  'compensation_settled',
  'saga_partially_compensated',
])

/** Whether an event is one of these. */
export function isOperatorEvent(event: SagaEvent): event is OperatorEvent {
  return types.has(event.type)
}

/** Such an event in one line. */
export function operatorEventText(event: OperatorEvent): string {
  switch (event.type) {
    case 'operator_acted':
      return actedText(event)
    case 'action_skipped':
      return `${printable(event.step)}: skipped${event.output === undefined ? '' : ', with an output for later steps'}`
    case 'compensation_settled':
      return `${printable(event.step)}: ${event.as === 'manual' ? 'undone by hand' : 'waived, the effect stands'}`
    case 'saga_partially_compensated':
      return 'partially compensated: an effect knowingly stands'
  }
}

type Acted = Extract<OperatorEvent, { readonly type: 'operator_acted' }>

function actedText({ verb, step, actor, reason, before, after, noEffect }: Acted): string {
  const what = step === null ? '' : ` ${printable(step)}`
  // Inputs are payload.
  const words = verb === 'edit' ? '' : ` (${word(before)} → ${word(after)})`
  const sure = noEffect === true ? '; nothing tried so far has an effect' : ''
  return `${verb.replaceAll('_', '-')}${what} by ${printable(actor)}: ${printable(reason)}${words}${sure}`
}

function word(value: Acted['before']): string {
  return typeof value === 'string' ? value : 'unknown'
}
