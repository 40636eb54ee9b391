import { branchesAtWork } from '../../packages/engine/src/core/state-patch.ts'
import type { FollowingEvent } from '../../packages/engine/src/core/event.ts'
import { withClaimsLost } from './claim-loss.ts'
import type { OwnDecision } from './own-decision.ts'
import type { Row, SagaBook } from './saga-book.ts'
import { dueOn, isLive, taskOf, withFreeTask, withoutTask } from './tables.ts'
import type { Due } from './work.ts'
import type { Task, World } from './world.ts'

/** The branches that a decision sets to work beside this one. */
export function othersIn({ commands }: Pick<Row, 'commands'>, branch: string): readonly string[] {
  return commands.flatMap((command) =>
    command.branch === branch || command.type === 'halt' ? [] : [command.branch],
  )
}

/**
 * What becomes of the tasks with decisions that end the tasks of their own branches: those of abandoned branches go whoever
 * holds them, others are woken by a branch that fails, and those of branches that are set to work are made. All go when the
 * saga halts.
 */
export function withTasksSettled(
  book: SagaBook,
  world: World,
  leaving: readonly OwnDecision[],
): World {
  if (!isLive(book.state(world.head))) return withoutTasks(book, world)
  const todo = todoOf(leaving)
  const left = leaving
    .flatMap(({ events }) => events.flatMap(abandonedIn))
    .reduce((after, branch) => withAbandoned(book, after, branch), world)
  const own = leaving.map(({ branch }) => branch)
  const wakes = leaving.some(({ events }) => events.some(({ type }) => type === 'branch_failed'))
  const told = wakes ? withSiblingsWoken(left, own) : left
  const passed = own.filter((branch) => !todo.has(branch)).reduce(withoutTask, told)
  return [...todo].reduce((after, [branch, due]) => withFreeTask(book, after, branch, due), passed)
}

/** The branches that get a task, and when each is due. What one decision sets to work, a later one may give up. */
function todoOf(leaving: readonly OwnDecision[]): ReadonlyMap<string, Due> {
  const todo = new Map<string, Due>()
  for (const { events, commands } of leaving) {
    for (const branch of events.flatMap(abandonedIn)) todo.delete(branch)
    for (const { type, branch } of commands) {
      if (type !== 'halt') todo.set(branch, dueOn({ commands }, branch))
    }
  }
  return todo
}

/** The world of a saga that has ended or is stuck: whoever held a task of it has lost it. */
function withoutTasks(book: SagaBook, world: World): World {
  return { ...withClaimsLost(book, world, () => true), tasks: [] }
}

/** The branches that an event gives up. */
export function abandonedIn(event: FollowingEvent): readonly string[] {
  return event.type === 'branches_abandoned' ? event.branches : []
}

function withAbandoned(book: SagaBook, world: World, branch: string): World {
  return withoutTask(
    withClaimsLost(book, world, (turn) => turn.branch === branch),
    branch,
  )
}

function withSiblingsWoken(world: World, own: readonly string[]): World {
  const tasks = world.tasks.map((task) => (own.includes(task.branch) ? task : wokenTask(task)))
  return { ...world, tasks }
}

/** A request is there: tasks that nobody holds may be claimed at once, and holders have something to read. */
export function woken(world: World): World {
  return { ...world, tasks: world.tasks.map(wokenTask) }
}

function wokenTask(task: Task): Task {
  return { ...task, due: 0, woken: task.claim !== 'none' }
}

/** What is wrong with the tasks of a live saga: each branch that is at work has one, and no other has. */
export function brokenByBranches(book: SagaBook, world: World): string | null {
  const state = book.state(world.head)
  if (!isLive(state)) {
    return world.tasks.length === 0 ? null : `I11: a saga is ${state.status} and has a task`
  }
  const atWork = branchesAtWork(state)
  const idle = atWork.find((branch) => taskOf(world, branch) === undefined)
  if (idle !== undefined) return `R20: ${idle} of a saga that is ${state.status} has no task`
  const extra = world.tasks.find(({ branch }) => !atWork.includes(branch))
  return extra === undefined ? null : `I11: ${extra.branch} has a task and is not at work`
}
