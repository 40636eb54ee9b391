import type { PatchedMutant } from './patched-mutants.ts'

/** What `branchSettled` waits for. */
const settled = 'if (fork === null || branchesAtWork(state).length > 0) return halt(events, branch)'

/** Mutants of the core where sagas fork and choose. */
export const forkMutants: readonly PatchedMutant[] = [
  {
    name: 'the saga turns back while a sibling is at work',
    forgets: 'I5: siblings settle first',
    shape: 'branches that drain',
    patch: {
      file: 'next-action.ts',
      text: settled,
      by: 'if (fork === null || (turning === null && branchesAtWork(state).length > 0)) return halt(events, branch)',
    },
  },
  {
    name: 'the saga turns back while a sibling is in doubt',
    forgets: 'R11: quiet first',
    shape: 'branches that drain',
    patch: {
      file: 'next-action.ts',
      text: settled,
      by: `const sure = (path: string): boolean => {
        const node = currentStep(plan, state, path)
        return node === undefined || stepOf(state, node.name).action.unknownAttempts === 0
      }
      if (fork === null || branchesAtWork(state).some(sure)) return halt(events, branch)`,
    },
  },
  {
    name: 'a sibling of a branch that failed is not drained',
    forgets: 'I5: no action starts after the decision to go back',
    shape: 'branches that drain',
    patch: {
      file: 'next-action.ts',
      text: "siblings !== 'waitAll'",
      by: "siblings === 'failFast'",
    },
  },
  {
    name: 'a fork joins when its first branch is done',
    forgets: 'I1: every step has net effect one',
    shape: 'branches behind the pivot',
    patch: {
      file: 'next-action.ts',
      text: settled,
      by: 'if (fork === null || (turning !== null && branchesAtWork(state).length > 0)) return halt(events, branch)',
    },
  },
  {
    name: 'the undo of a fork joins when its first branch is undone',
    forgets: 'I2: every step has net effect none',
    shape: 'branches undone side by side',
    patch: {
      file: 'next-undo.ts',
      text: 'if (state.fork === null || branchesAtWork(state).length > 0) return halt(events, branch)',
      by: 'if (state.fork === null) return halt(events, branch)',
    },
  },
  {
    name: 'branches are undone in one line, the first that settled first',
    forgets: 'R10: reverse order',
    shape: 'branches undone in one line',
    patch: {
      file: 'owed-steps.ts',
      text: '.toSorted((a, b) => b.order - a.order)',
      by: '.toSorted((a, b) => a.order - b.order)',
    },
  },
  {
    name: 'an abandoned action is taken for one that never ran',
    forgets: 'R5: unknown steps are undone',
    shape: 'branches that fail fast',
    patch: {
      file: 'evolve-fork.ts',
      text: '(isAllOrNothing(plan, key) ? 0 : 1)',
      by: '0',
    },
  },
  {
    name: 'a branch that is set to work gets no task',
    forgets: 'R20: a live saga has a task',
    shape: 'one item after the other',
    patch: {
      file: 'all-branches.ts',
      text: 'const commands: readonly Command[] = [...told, ...others]',
      by: 'const commands: readonly Command[] = [...told, ...others.slice(1)]',
    },
  },
  {
    name: 'what a choice left out is done all the same',
    forgets: 'I1: every step has net effect one',
    shape: 'a choice that is not taken',
    patch: {
      file: 'evolve-fork.ts',
      text: 'patchBranch(skipped, branch, { cursor: end })',
      by: 'patchBranch(skipped, branch, { cursor: cursor + 1 })',
    },
  },
]
