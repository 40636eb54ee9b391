import type { Position } from './event.ts'
import { skipNodes } from './evolve-fork.ts'
import type { Plan, WaitNode } from './plan.ts'
import { scheduleAction } from './schedule-action.ts'
import { branchOf, currentNode, patchBranch } from './state-patch.ts'
import type { SagaState } from './state.ts'
import type { WaitEvent } from './wait-event.ts'

/** Folds what time has brought, signals, and the waits that they end. */
export function evolveWait(
  plan: Plan,
  state: SagaState,
  event: WaitEvent,
  position: Position,
): SagaState {
  switch (event.type) {
    case 'deadline_passed':
      return { ...state, deadline: 'passed' }
    case 'slept': {
      const { branch } = event
      return goOn(plan, state, { branch, cursor: branchOf(state, branch).cursor + 1 }, position)
    }
    case 'signal_received': {
      const { signalId, name, payload } = event
      const signal = { signalId, name, payload, at: position.at }
      return { ...state, signals: [...state.signals, signal] }
    }
    case 'signal_refused':
      return withoutSignal(state, event.signalId)
    case 'signal_taken': {
      const { branch, wait, signalId, value } = event
      const received = { ...state.received, [wait]: value }
      const taken = { ...withoutSignal(state, signalId), received }
      const { cursor } = branchOf(state, branch)
      const first = cursor + 1
      const end = first + waitAt(plan, state, event).size
      const skipped = skipNodes(plan, taken, { branch, first, end }, position)
      return goOn(plan, skipped, { branch, cursor: end }, position)
    }
    case 'wait_timed_out': {
      const { branch } = event
      // Turned back, it stands where it waited.
      if (waitAt(plan, state, event).onTimeout === 'compensate') return state
      return goOn(plan, state, { branch, cursor: branchOf(state, branch).cursor + 1 }, position)
    }
  }
}

/** Where a branch goes on. */
interface Goal {
  readonly branch: string
  readonly cursor: number
}

function goOn(
  plan: Plan,
  state: SagaState,
  { branch, cursor }: Goal,
  position: Position,
): SagaState {
  const awake = patchBranch(state, branch, { cursor, wakeAt: 0, deaths: 0 })
  return scheduleAction(plan, awake, branch, position)
}

function withoutSignal(state: SagaState, signalId: string): SagaState {
  return { ...state, signals: state.signals.filter((signal) => signal.signalId !== signalId) }
}

function waitAt(
  plan: Plan,
  state: SagaState,
  { branch, wait }: { readonly branch: string; readonly wait: string },
): WaitNode {
  const node = currentNode(plan, state, branch)
  if (node?.type === 'wait' && node.name === wait) return node
  throw new RangeError(`Saga ${state.sagaId} is not at the wait "${wait}".`)
}
