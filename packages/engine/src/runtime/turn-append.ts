import type { Command } from '../core/command.ts'
import type { FollowingEvent } from '../core/event.ts'
import { foldRest } from '../core/fold.ts'
import type { Plan } from '../core/plan.ts'
import { hasForks, queueAt } from '../core/plan-steps.ts'
import { dueSnapshot } from '../core/snapshot.ts'
import { branchOf } from '../core/state-patch.ts'
import type { SagaState } from '../core/state.ts'
import type { Ids } from '../ports/ids.ts'
import type { AppendRecord, NewTask, TaskChange } from '../ports/saga-store.ts'
import type { Advance } from './advance.ts'
import type { HeldClaim } from './held-claim.ts'
import { rowChange } from './row-change.ts'

/** A decision on the way into the journal. */
export interface Deciding {
  readonly next: Advance
  readonly state: SagaState
  readonly held: HeldClaim
  readonly plan: Plan
  /** The name of the last row that was folded, where it is known. */
  readonly afterId: string | null
}

/** What new tasks are made with. */
export interface TaskMaking {
  readonly ids: Pick<Ids, 'nonce'>
  readonly dispatchGraceMs: number
}

/** The one statement that makes a decision stand: its events, what becomes of the tasks, and the saga's row. */
export function appendRecord(
  making: TaskMaking & { readonly ids: Ids },
  deciding: Deciding,
): AppendRecord {
  const { next, state, plan, afterId } = deciding
  return {
    sagaId: state.sagaId,
    seq: state.seq + 1,
    appendId: making.ids.unique(),
    afterId,
    events: next.events,
    task: taskChange(making, deciding),
    row: rowChange(plan, state, next.events),
    snapshot: dueSnapshot(plan, state),
  }
}

function taskChange(making: TaskMaking, deciding: Deciding): TaskChange {
  const { next, plan, held } = deciding
  const { claimId, branch } = held.claim
  if (next.stays) return { type: 'keep' }
  const { command, others } = next
  if ('delayMs' in command && others.length === 0) {
    return { type: 'replace', claimId, next: newTask(making, command) }
  }
  return hasForks(plan) && goesOn(deciding)
    ? settle(making, deciding)
    : { type: 'remove', branch, claimId }
}

/** Whether others of the saga have work when this branch has none. */
function goesOn({ plan, state, next }: Deciding): boolean {
  const entry = { seq: state.seq + 1, at: state.startedAt, events: next.events }
  const { status } = foldRest(plan, state, [entry])
  return status === 'running' || status === 'compensating'
}

function settle(making: TaskMaking, { next, held }: Deciding): TaskChange {
  const { claimId, branch } = held.claim
  return {
    type: 'settle',
    claims: [{ branch, claimId }],
    dropped: next.events.flatMap((event) =>
      event.type === 'branches_abandoned' ? event.branches : [],
    ),
    next: newTasks(making, [next.command, ...next.others]),
    wake: next.events.some(wakesSiblings),
  }
}

/** A branch that fails stops those beside it: whoever waits for a retry has nothing to wait for. */
function wakesSiblings({ type }: FollowingEvent): boolean {
  return type === 'branch_failed'
}

/** The tasks of branches that are set to work. */
function newTasks(making: TaskMaking, commands: readonly Command[]): readonly NewTask[] {
  return commands.flatMap((command) => ('delayMs' in command ? [newTask(making, command)] : []))
}

function newTask(
  { ids, dispatchGraceMs }: TaskMaking,
  { branch, queue, delayMs }: Extract<Command, { readonly delayMs: number }>,
): NewTask {
  // A delayed task has no hint on its way: the sweep is what finds it, as soon as it may run.
  const graceMs = delayMs > 0 ? 0 : dispatchGraceMs
  return { branch, queue, nonce: ids.nonce(), delayMs, dispatchGraceMs: graceMs }
}

/** The tasks of a saga that nobody holds. What is only to be computed needs one as well, on any queue of the saga. */
export function tasksOfUnheld(
  making: TaskMaking,
  {
    plan,
    state,
    commands,
  }: {
    readonly plan: Plan
    readonly state: SagaState
    readonly commands: readonly Command[]
  },
): readonly NewTask[] {
  return commands.flatMap((command) => {
    if (command.type === 'halt') return []
    if ('delayMs' in command) return [newTask(making, command)]
    const { branch } = command
    const queue = queueAt(plan, branchOf(state, branch).cursor)
    const { dispatchGraceMs } = making
    return [{ branch, queue, nonce: making.ids.nonce(), delayMs: 0, dispatchGraceMs }]
  })
}
