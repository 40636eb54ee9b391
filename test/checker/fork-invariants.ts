import type { FollowingEvent } from '../../packages/engine/src/core/event.ts'
import { valueAt } from '../../packages/engine/src/core/key-map.ts'
import { forkNamed } from '../../packages/engine/src/core/plan-steps.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import { stepsOf, type PlacedStep } from './plan-steps.ts'
import type { RowCase } from './row-case.ts'
import type { Shape } from './shape.ts'

/** Whether no branch begins anything any more: the saga is on its way back, or will be as soon as its branches settle. */
export function isTurning(plan: Plan, state: SagaState): boolean {
  if (state.status !== 'running') return true
  const { fork, turning } = state
  return fork !== null && turning !== null && forkNamed(plan, fork.name).siblings !== 'waitAll'
}

/** What holds from one row to the next where a saga forks. */
export const forkChecks: readonly ((shape: Shape, row: RowCase) => string | null)[] = [
  forksJoinOnce,
  joinsAreWhole,
  undoJoinsAreWhole,
  nextOneFirst,
  serialInReverse,
  choiceIsKept,
  skippedStaysSkipped,
]

/** A fork is joined that is open, and only then. */
function forksJoinOnce(_: Shape, { before, decision }: RowCase): string | null {
  let open = before.fork?.name ?? null
  for (const event of decision.events) {
    const change = forkChange(event)
    const wrong = outOfTurn(change, open)
    if (wrong !== null) return wrong
    const closes = change.joins !== null || event.type === 'compensation_began'
    open = closes ? null : (change.begins ?? open)
  }
  return null
}

interface ForkChange {
  readonly begins: string | null
  readonly joins: string | null
}

function outOfTurn({ begins, joins }: ForkChange, open: string | null): string | null {
  if (begins !== null && open !== null) return `I1: "${begins}" begins while "${open}" is open`
  return joins === null || joins === open ? null : `I1: "${joins}" joins and is not open`
}

function forkChange(event: FollowingEvent): ForkChange {
  if (!('fork' in event)) return { begins: null, joins: null }
  const { type, fork } = event
  return type === 'fork_began' || type === 'undo_forked'
    ? { begins: fork, joins: null }
    : { begins: null, joins: fork }
}

function joinsAreWhole({ plan }: Shape, { after, decision }: RowCase): string | null {
  const event = decision.events.find(({ type }) => type === 'fork_joined')
  if (event?.type !== 'fork_joined') return null
  if (after.turning !== null) return `I5: "${event.fork}" joins though the saga is to turn back`
  const open = stepsIn(plan, event.fork).find(
    ({ name }) => valueAt(after.steps, name)?.action.status !== 'succeeded',
  )
  return open === undefined ? null : `I1: "${event.fork}" joins before "${open.name}" has succeeded`
}

function undoJoinsAreWhole({ plan }: Shape, { after, decision }: RowCase): string | null {
  const event = decision.events.find(({ type }) => type === 'undo_joined')
  if (event?.type !== 'undo_joined') return null
  // What was reopened in the same row is owed again.
  if (decision.events.some(({ type }) => type === 'compensation_reopened')) return null
  const owed = stepsIn(plan, event.fork).find(({ name }) => {
    const status = valueAt(after.steps, name)?.compensation.status ?? 'none'
    return status === 'needed' || status === 'blocked'
  })
  return owed === undefined ? null : `I2: "${event.fork}" is undone without "${owed.name}"`
}

function stepsIn(plan: Plan, fork: string): readonly PlacedStep[] {
  return stepsOf(plan).filter((step) => step.fork?.name === fork)
}

/** What is undone is the next one of its branch. */
function nextOneFirst(_: Shape, { before, decision }: RowCase): string | null {
  for (const event of decision.events) {
    if (event.type !== 'compensation_succeeded') continue
    if (before.branches[event.branch]?.undo[0] !== event.step)
      return `I4: "${event.step}" is undone before its turn`
  }
  return null
}

/** Where branches are undone in one line, the last step that settled is the first. What never did has no place in that. */
function serialInReverse({ plan }: Shape, { after, decision }: RowCase): string | null {
  const began = decision.events.find(isTurningBack)
  if (began === undefined) return null
  const line = began.steps.flatMap(({ step }) => {
    const placed = stepsOf(plan).find(({ name }) => name === step)
    if (placed?.fork?.compensation !== 'serial') return []
    const seq = valueAt(after.steps, step)?.action.settledSeq ?? 0
    return seq === 0 ? [] : [{ step, seq, fork: placed.fork.name }]
  })
  const early = line.find((one, place) =>
    line.slice(place + 1).some((other) => other.fork === one.fork && other.seq > one.seq),
  )
  return early === undefined ? null : `I4: "${early.step}" is undone before what settled after it`
}

function isTurningBack(
  event: FollowingEvent,
): event is Extract<FollowingEvent, { readonly type: 'compensation_began' }> {
  return event.type === 'compensation_began'
}

/** What a choice is about is left out where it was not taken, and nowhere else. */
function choiceIsKept({ plan }: Shape, { after, decision }: RowCase): string | null {
  for (const event of decision.events) {
    if (event.type !== 'choice_made') continue
    const place = plan.nodes.findIndex(({ name }) => name === event.choice)
    const node = plan.nodes[place]
    const size = node?.type === 'choice' ? node.size : 0
    const wrong = stepsOf(plan).find((step) => {
      const isIn = step.place > place && step.place <= place + size
      const skipped = valueAt(after.steps, step.name)?.action.status === 'skipped'
      return isIn && skipped === event.taken
    })
    if (wrong !== undefined) return `I1: "${wrong.name}" is not what "${event.choice}" says`
  }
  return null
}

/** A choice is made once: what it left out is never done. */
function skippedStaysSkipped({ plan }: Shape, { before, after }: RowCase): string | null {
  const wrong = stepsOf(plan).find(({ name }) => {
    const was = valueAt(before.steps, name)?.action.status
    return was === 'skipped' && valueAt(after.steps, name)?.action.status !== 'skipped'
  })
  return wrong === undefined ? null : `I1: "${wrong.name}" was left out, and is done all the same`
}
