import type { PatchedMutant } from './patched-mutants.ts'

/** Mutants of the core's own sources. */
export const coreMutants: readonly PatchedMutant[] = [
  {
    name: 'a pivot of unknown outcome is taken for failed',
    forgets: 'R8: the pivot is never guessed',
    shape: 'a step and a pivot',
    patch: {
      file: 'attempts-spent.ts',
      text: 'action.unknownAttempts === 0',
      by: "node.role === 'pivot'",
    },
  },
  {
    name: 'a fallback is made again and again',
    forgets: 'I33: one for each budget',
    shape: 'a step with another way',
    patch: {
      file: 'begin-fallback.ts',
      text: "fallback === 'unused'",
      by: "fallback !== 'due'",
    },
  },
  {
    name: 'an open circuit keeps nothing back',
    forgets: 'I34: no attempt is begun while the circuit is open',
    shape: 'a step with another way',
    patch: {
      file: 'behind-circuit.ts',
      text: 'circuitOpenMs > 0 ?',
      by: 'circuitOpenMs < 0 ?',
    },
  },
  {
    name: 'a worker that dies at the fallback has not used it',
    forgets: 'I33: a crash counts as that attempt',
    shape: 'a step with another way',
    patch: {
      file: 'evolve-action.ts',
      text: "return fallback === 'due' ? 'spent' : fallback",
      by: "return fallback === 'due' ? 'unused' : fallback",
    },
  },
  {
    name: 'both directions of a step share one count of attempts',
    forgets: 'I13: retry counters are separate',
    shape: 'operator',
    patch: {
      file: 'evolve-compensation.ts',
      text: 'countFailure(compensation.attempts,',
      by: 'countFailure(stepOf(state, event.step).action.attempts,',
    },
  },
  {
    name: 'a lost handler is taken for quiet at once',
    forgets: 'R11: quiet first',
    shape: 'two steps whose handlers do not settle',
    patch: {
      file: 'evolve-lease-lost.ts',
      text: 'quietAfterMs: node.timeoutMs + quietGraceMs,',
      by: 'quietAfterMs: 0,',
    },
  },
  {
    name: 'an orphan effect is forgotten',
    forgets: 'R15: the step is undone once more',
    shape: 'handlers that outlive their time',
    patch: {
      file: 'evolve-late-result.ts',
      text: ': { ...compensation, orphan: true },',
      by: ': compensation,',
    },
  },
  {
    name: 'the next round of a save-point goes under the keys of the one before',
    forgets: 'I1: every step has net effect one',
    shape: 'a save-point',
    patch: {
      file: 'evolve-savepoint.ts',
      text: 'round: state.round + 1,',
      by: 'round: state.round,',
    },
  },
  {
    name: 'a cancel is forgotten at the save-point',
    forgets: 'R14: a cancel goes all the way back',
    shape: 'a save-point',
    patch: {
      file: 'next-undo.ts',
      text: 'isCalledOff(state) && !pivotSucceeded(plan, state)',
      by: "isCalledOff(state) && state.cancel === 'none'",
    },
  },
  {
    name: 'a late success of an earlier round settles this one',
    forgets: 'I7: what was lost judges nothing',
    shape: 'a save-point, and handlers that outlive their time',
    patch: {
      file: 'evolve-late-result.ts',
      text: 'if (valueAt(steps, step)?.action.round === round) return step',
      by: 'if (valueAt(steps, step) !== undefined) return step',
    },
  },
  {
    name: 'a saga completes over an effect of an earlier round',
    forgets: 'R15: an orphan effect is undone once more',
    shape: 'a save-point, and handlers that outlive their time',
    patch: {
      file: 'next-action.ts',
      text: 'return state.round > 1 && orphansOf(state).length > 0',
      by: 'return false',
    },
  },
]
