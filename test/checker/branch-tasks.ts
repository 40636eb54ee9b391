import { branchesAtWork } from '../../packages/engine/src/core/state-patch.ts'
import type { FollowingEvent } from '../../packages/engine/src/core/event.ts'
import type { Row, SagaBook } from './saga-book.ts'
import { isLive, taskOf, withFreeTask, withoutTask, workOn } from './tables.ts'
import type { Task, World } from './world.ts'

/** The branches that a row sets to work beside this one. */
export function othersIn({ commands }: Pick<Row, 'commands'>, branch: string): readonly string[] {
  return commands.flatMap((command) =>
    command.branch === branch || command.type === 'halt' ? [] : [command.branch],
  )
}

/**
 * What becomes of the tasks with a row that ends the one of its own branch: those of abandoned branches go whoever holds
 * them, others are woken by a branch that fails, and those of branches that are set to work are made. All go when the saga
 * halts.
 */
export function withTasksSettled(book: SagaBook, world: World, row: Row, own: string): World {
  if (!isLive(book.state(world.head))) return withoutTasks(world)
  const dropped = row.events.flatMap(abandonedIn)
  const left = dropped.reduce(withAbandoned, world)
  const wakes = row.events.some(({ type }) => type === 'branch_failed')
  const told = wakes ? withSiblingsWoken(left, own) : left
  const todo = workOn(book, row, own)
  const passed = todo === null ? withoutTask(told, own) : withFreeTask(book, told, own, todo.due)
  return othersIn(row, own).reduce(
    (after, branch) => withFreeTask(book, after, branch, workOn(book, row, branch)?.due ?? 0),
    passed,
  )
}

/** The world of a saga that has ended or is stuck: whoever held a task of it has lost it. */
function withoutTasks(world: World): World {
  const turns = world.turns.map((turn) => (turn.phase === 'ghost' ? turn : { ...turn, lost: true }))
  return { ...world, tasks: [], turns }
}

/** The branches that an event gives up. */
export function abandonedIn(event: FollowingEvent): readonly string[] {
  return event.type === 'branches_abandoned' ? event.branches : []
}

function withAbandoned(world: World, branch: string): World {
  const turns = world.turns.map((turn) =>
    turn.branch === branch && turn.phase !== 'ghost' ? { ...turn, lost: true } : turn,
  )
  return withoutTask({ ...world, turns }, branch)
}

function withSiblingsWoken(world: World, own: string): World {
  const tasks = world.tasks.map((task) => (task.branch === own ? task : wokenTask(task)))
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
