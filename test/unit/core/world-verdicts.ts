import type {
  CompensationVerdict,
  Observation,
} from '../../../packages/engine/src/core/observation.ts'
import { failure } from './facts.ts'
import type { Work } from './moves.ts'
import { cannot } from './sights.ts'

/** An attempt that has ended, and the error that it may have ended in. */
type Ended = Omit<Extract<CompensationVerdict, { type: 'compensation_failed' }>, 'type' | 'random'>

/** How an attempt at an undo ended. What it undid, it undid at its start; an error may hide that it did. */
export function undoVerdict(ended: Ended, { verdict, random }: Work): Observation {
  switch (verdict) {
    case 'success':
      return { ...ended, type: 'compensation_succeeded' }
    case 'unworkable':
      return { ...cannot('handler_missing'), at: ended.at }
    case 'rejection':
    case 'error':
      return { ...ended, random, type: 'compensation_failed' }
  }
}

/** How an attempt at a probe ended. A probe that answers tells the truth: whether the effect stands. */
export function probeVerdict(
  ended: Ended,
  { how, stands }: { readonly how: Work; readonly stands: boolean },
): Observation {
  const { branch, step, attempt, at } = ended
  switch (how.verdict) {
    case 'success': {
      const seen = { branch, step, attempt, at, type: 'probe_answered' } as const
      return stands
        ? { ...seen, answer: { status: 'succeeded', output: step } }
        : { ...seen, answer: { status: 'rejected', failure: failure('rejection') } }
    }
    case 'unworkable':
      return { ...cannot('payload_invalid'), at }
    case 'rejection':
    case 'error':
      return { ...ended, random: how.random, type: 'probe_failed' }
  }
}
