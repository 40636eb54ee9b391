import { shippedRules, type Rules } from '../rules.ts'
import { shapeNamed } from '../shapes.ts'
import type { Mutant } from './mutant.ts'
import type { PatchedMutant } from './patched-mutants.ts'

const { decide } = shippedRules

/** Takes silence for an answer. */
const credulous: Rules['decide'] = (plan, state, seen) => {
  if (seen.type !== 'probe_failed') return decide(plan, state, seen)
  const { failure } = seen
  const answer = { status: 'rejected', failure } as const
  return decide(plan, state, { ...seen, type: 'probe_answered', answer })
}

/** A core that misjudges what a probe says. */
export const probeMutants: readonly Mutant[] = [
  {
    name: 'a probe that cannot tell is taken for one that found no effect',
    forgets: 'R7: unknown stays unknown',
    rules: { ...shippedRules, decide: credulous },
    shape: shapeNamed('a step with a probe'),
  },
  {
    name: 'a pivot whose probe cannot tell is taken for rejected',
    forgets: 'R8: the pivot is never guessed',
    rules: { ...shippedRules, decide: credulous },
    shape: shapeNamed('a pivot with a probe'),
  },
]

/** Mutants of the core where actions are probed, steps are parked, and attempts leave nothing. */
export const doubtMutants: readonly PatchedMutant[] = [
  {
    name: 'a probe is asked while a handler may be at work',
    forgets: 'R11: quiet first',
    shape: 'a pivot with a probe',
    patch: {
      file: 'probing.ts',
      text: 'probe.notBefore - at, quietAt - at',
      by: 'probe.notBefore - at',
    },
  },
  {
    name: 'a step of unknown outcome is given up unasked',
    forgets: 'R7: then by its probe',
    shape: 'a branch with a probe',
    patch: {
      file: 'attempts-spent.ts',
      text: 'if (canBeProbed(node, action))',
      by: 'if (state.branches.main === undefined)',
    },
  },
  {
    name: 'an operator has an attempt made blindly',
    forgets: 'R7: a retry asks a probe first',
    shape: 'a pivot with a probe',
    patch: {
      file: 'begin-probing.ts',
      text: 'if (began === null) return nextAction(plan, state, moment)',
      by: 'return nextAction(plan, state, moment)',
    },
  },
  {
    name: 'an operator has an attempt made blindly in a branch',
    forgets: 'R7: a retry asks a probe first',
    shape: 'parked branches',
    patch: {
      file: 'set-going.ts',
      text: 'return haltsOf(before).flatMap(',
      by: 'return haltsOf(before).slice(1).flatMap(',
    },
  },
  {
    name: 'a lease that is lost while a probe is asked counts as an attempt at the action',
    forgets: 'I13: retry counters are separate',
    shape: 'a step with a probe',
    patch: {
      file: 'evolve-lease-lost.ts',
      text: 'if (action.probe === null) return false',
      by: 'return false',
    },
  },
  {
    name: 'what a probe found is kept out of the verdict',
    forgets: 'I1, I2: what stands is known',
    shape: 'a step with a probe',
    patch: {
      file: 'decide-probe.ts',
      text: "if (answer.status === 'rejected') {",
      by: "if (answer.status !== 'rejected') {",
    },
  },
  {
    name: 'a step that is to be parked turns the saga back',
    forgets: 'R13: a parked step waits for an operator',
    shape: 'parked steps',
    patch: {
      file: 'failed-for-good.ts',
      text: "node.onFailure === 'park' && !goesBack",
      by: "node.onFailure === 'park' && goesBack",
    },
  },
  {
    name: 'a retry forgets what is unknown about earlier attempts',
    forgets: 'R13: what is unknown stays unknown',
    shape: 'parked steps',
    patch: {
      file: 'evolve-stuck.ts',
      text: 'probe: null,',
      by: 'probe: null, unknownAttempts: 0,',
    },
  },
  {
    name: 'a retry forgets what a rejection has left behind',
    forgets: 'R5: compensateWhenRejected',
    shape: 'parked steps',
    patch: {
      file: 'left-traces.ts',
      text: "return attempts.lastFailure?.kind === 'rejection'",
      by: 'return false',
    },
  },
  {
    name: 'an attempt that was rolled back is in doubt',
    forgets: 'R21: it has left nothing',
    shape: 'some transactional steps',
    patch: {
      file: 'plan-steps.ts',
      text: 'node.transactional === true',
      by: 'node.transactional !== true',
    },
  },
  {
    name: 'what was committed with its success is not undone',
    forgets: 'R5: what succeeded is undone',
    shape: 'some transactional steps',
    patch: {
      file: 'owed-steps.ts',
      text: "return 'succeeded'\n    case 'scheduled'",
      by: "return node.transactional ? 'none' : 'succeeded'\n    case 'scheduled'",
    },
  },
  {
    name: 'an abandoned attempt that will be rolled back is in doubt',
    forgets: 'R21: it has left nothing',
    shape: 'transactional branches that fail fast',
    patch: {
      file: 'evolve-fork.ts',
      text: '(isAllOrNothing(plan, key) ? 0 : 1)',
      by: '1',
    },
  },
  {
    name: 'a transactional pivot that spent its attempts is taken for unknown',
    forgets: 'R21: it has decided nothing',
    shape: 'transactional steps',
    patch: {
      file: 'attempts-spent.ts',
      text: 'action.unknownAttempts === 0',
      by: 'node.timeoutMs === 0',
    },
  },
]
