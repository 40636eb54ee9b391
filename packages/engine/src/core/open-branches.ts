import type { Position } from './event.ts'
import type { ForkNode, Plan } from './plan.ts'
import { branchPath, forkNamed } from './plan-steps.ts'
import { scheduleAction } from './schedule-action.ts'
import { branchesAtWork } from './state-patch.ts'
import type { BranchState, ForkState, SagaState } from './state.ts'

/** A branch that has come to its end goes; the next one of its fork may begin, unless the saga is about to turn back. */
export function branchEnded(
  plan: Plan,
  state: SagaState,
  path: string,
  position: Position,
): SagaState {
  const rest = withoutBranch(state, path)
  if (rest.fork === null || rest.turning !== null) return rest
  return openBranches(plan, rest, rest.fork, position)
}

/** The same state without a branch. */
export function withoutBranch(state: SagaState, path: string): SagaState {
  const { [path]: _, ...branches } = state.branches
  return { ...state, branches }
}

/** The branches of a fork, in the order in which they are opened. */
export function pathsOf(fork: ForkNode, items: number): readonly string[] {
  return fork.type === 'parallel'
    ? fork.branches.map(({ name }) => branchPath(fork.name, name))
    : Array.from({ length: items }, (_, index) => branchPath(fork.name, index))
}

/** Opens as many branches of a fork as may be at work at once. */
export function openBranches(
  plan: Plan,
  state: SagaState,
  fork: ForkState,
  position: Position,
): SagaState {
  const { name, paths } = fork
  const node = forkNamed(plan, name)
  const most = node.type === 'forEach' ? node.concurrency : paths.length
  const free = most - branchesAtWork({ ...state, fork }).length
  const next = paths.slice(fork.opened, fork.opened + Math.max(0, free))
  const lines = state.undoLines[name]
  const made = next.map((path): [string, BranchState] => {
    return [path, { ...newBranch, openedSeq: position.seq, undo: lines?.[path] ?? [] }]
  })
  const forked: SagaState = {
    ...state,
    fork: { ...fork, opened: fork.opened + next.length },
    branches: { ...state.branches, ...Object.fromEntries(made) },
  }
  if (state.status === 'compensating') return forked
  return next.reduce((each, path) => scheduleAction(plan, each, path, position), forked)
}

/** A branch at its first node. */
export const newBranch: BranchState = {
  cursor: 0,
  undo: [],
  openedSeq: 0,
  wakeAt: 0,
  deaths: 0,
  startingClaimId: null,
  halt: null,
}
