import type { Command } from '../core/command.ts'
import type { FollowingEvent } from '../core/event.ts'
import { foldRest } from '../core/fold.ts'
import type { Plan } from '../core/plan.ts'
import { hasForks, queueAt } from '../core/plan-steps.ts'
import { dueSnapshot } from '../core/snapshot.ts'
import { branchOf, isAlive } from '../core/state-patch.ts'
import type { SagaState } from '../core/state.ts'
import type { Ids } from '../ports/ids.ts'
import type { AppendRecord, NewTask, TaskChange } from '../ports/saga-store.ts'
import { abandonedIn, type Advance } from './advance.ts'
import type { HeldClaim } from './held-claim.ts'
import { rowChange } from './row-change.ts'

/** A decision on the way into the journal, and the claim that it was made under. */
export interface Decided {
  readonly next: Advance
  readonly held: HeldClaim
}

/** What goes into one row: as a rule one decision; several where branches of one saga come to their ends together. */
export interface Deciding {
  readonly decided: readonly Decided[]
  readonly state: SagaState
  readonly plan: Plan
  /** The name of the last row that was folded, where it is known. */
  readonly afterId: string | null
}

/** What new tasks are made with. */
export interface TaskMaking {
  readonly ids: Pick<Ids, 'nonce'>
  readonly dispatchGraceMs: number
}

/** The one statement that makes decisions stand: their events, what becomes of the tasks, and the saga's row. */
export function appendRecord(
  making: TaskMaking & { readonly ids: Ids },
  { decided, state, plan, afterId }: Deciding,
): AppendRecord {
  const events = decided.flatMap(({ next }) => next.events)
  return {
    sagaId: state.sagaId,
    seq: state.seq + 1,
    appendId: making.ids.unique(),
    afterId,
    events,
    task: tasksChanged(making, { decided, state, plan }),
    row: rowChange(plan, state, events),
    snapshot: dueSnapshot(plan, state),
  }
}

function tasksChanged(
  making: TaskMaking,
  { decided, state, plan }: Omit<Deciding, 'afterId'>,
): TaskChange {
  const last = decided.at(-1)
  if (last === undefined || decided.every(({ next }) => next.stays)) return { type: 'keep' }
  const { command, others } = last.next
  const { claimId, branch } = last.held.claim
  const isAlone = decided.length === 1
  const givesUpOthers = abandonedIn(last.next.events).length > 0
  if (isAlone && 'delayMs' in command && others.length === 0 && !givesUpOthers) {
    return { type: 'replace', claimId, next: newTask(making, command) }
  }
  return hasForks(plan) && goesOn({ decided, state, plan })
    ? settled(making, decided)
    : { type: 'remove', branch, claimId }
}

/** Whether the saga has work left. */
function goesOn({ decided, plan, state }: Omit<Deciding, 'afterId'>): boolean {
  const events = decided.flatMap(({ next }) => next.events)
  return isAlive(foldRest(plan, state, [{ seq: state.seq + 1, at: state.startedAt, events }]))
}

/** What one decision makes or gives up, a later one of the same row may give up or make anew. */
function settled(making: TaskMaking, decided: readonly Decided[]): TaskChange {
  const leaving = decided.filter(({ next }) => !next.stays)
  const dropped = new Set<string>()
  const next = new Map<string, NewTask>()
  for (const { next: made } of leaving) {
    for (const branch of abandonedIn(made.events)) {
      dropped.add(branch)
      next.delete(branch)
    }
    for (const task of newTasks(making, [made.command, ...made.others])) next.set(task.branch, task)
  }
  return {
    type: 'settle',
    claims: leaving.map(({ held }) => ({ branch: held.claim.branch, claimId: held.claim.claimId })),
    dropped: [...dropped],
    next: [...next.values()],
    wake: leaving.some(({ next: made }) => made.events.some(wakesSiblings)),
  }
}

/** A branch that fails stops those beside it: whoever waits for a retry has nothing to wait for. */
export function wakesSiblings({ type }: FollowingEvent): boolean {
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
