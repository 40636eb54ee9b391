import type { SagaDecision } from '../../packages/engine/src/core/saga-decision.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import { withTasksSettled, woken } from './branch-tasks.ts'
import { followed, type Row, type SagaBook } from './saga-book.ts'
import { dueOn, isLive, withFreeTask, withRow, withTask } from './tables.ts'

import { cancelAsked, claimed, retryAsked, type Due } from './work.ts'
import type { Move, Outcome, Task, Turn, World } from './world.ts'

type MoveOf<Type extends Move['type']> = Extract<Move, { readonly type: Type }>

/**
 * Somebody asks for the saga to be undone. While it has a task that is a request, appended behind whatever is there: who
 * asks may have read the journal long ago, when it would have been allowed.
 */
export function cancel(book: SagaBook, world: World): Outcome {
  const row = book.row(world.head, 'cancel', (state) => {
    if (!isLive(state))
      return { decision: decideOutside(book, state, cancelAsked), observation: cancelAsked }
    const asked = decideOutside(book, book.state(book.first), cancelAsked)
    return {
      decision: book.rules.leavesCancelToHolder ? asked : atOnce(book, state, asked),
      observation: null,
    }
  })
  if (row.broken !== null || row.events.length === 0) return { world, broken: row.broken }
  const appended = withRow(world, row)
  if (world.tasks.length === 0) return { world: withTasksOf(book, appended, row), broken: null }
  if (row.commands.length === 0) return { world: woken(appended), broken: null }
  // Decided at once: the tasks become what was decided, whoever holds them.
  return { world: withTasksSettled(book, appended, [{ ...row, branch: 'main' }]), broken: null }
}

function decideOutside(book: SagaBook, state: SagaState, asked: typeof cancelAsked): SagaDecision {
  return book.rules.decide(book.plan, state, asked)
}

/** What an outsider would write who decides in the place of the holder. */
function atOnce(book: SagaBook, state: SagaState, { events }: SagaDecision): SagaDecision {
  const entry = { seq: state.seq + 1, at: state.startedAt, events }
  const asked = book.rules.foldRest(book.plan, state, [entry])
  const [branch = 'main'] = Object.keys(state.branches)
  const { decision } = followed(book, asked, {
    observation: claimed(branch),
    branch,
    goesOn: false,
  })
  const announced = decision.events.filter(({ type }) => type !== 'action_starting')
  return { events: [...events, ...announced], commands: decision.commands, refusal: null }
}

/** An operator sets a stuck saga going; nobody holds it, so that is decided at once. */
export function retry(book: SagaBook, world: World): Outcome {
  const row = book.row(world.head, 'retry', (state) => {
    return { decision: decideOutside(book, state, retryAsked), observation: retryAsked }
  })
  if (row.broken !== null || row.events.length === 0) return { world, broken: row.broken }
  return { world: withTasksOf(book, withRow(world, row), row), broken: null }
}

/** The tasks that a row makes where there were none. */
function withTasksOf(book: SagaBook, world: World, row: Row): World {
  return row.commands.reduce((after, { type, branch }) => {
    if (type === 'halt') return after
    return withFreeTask(book, after, branch, dueOn(row, branch))
  }, world)
}

/** Time goes by. From `quiet` on no handler that nobody waits for can take effect any more, unless it is overdue. */
export function wait(book: SagaBook, world: World, { until, overdue }: MoveOf<'wait'>): Outcome {
  const quiet = until !== 'retry'
  const later = (id: number): number => book.waited(id, until)
  const dueNow = (due: Due): Due => (due === 2 && !quiet ? 2 : 0)
  const tasks = world.tasks.map((task): Task => ({ ...task, due: dueNow(task.due) }))
  const late = (turn: Turn): boolean => quiet && overdue && canBeOverdue(turn) && isSilenced(turn)
  const turns = world.turns
    .filter((turn) => !quiet || !isSilenced(turn) || late(turn))
    .map((turn) => asOf(turn, later(turn.view), late(turn)))
  const { head, previous } = world
  return {
    world: { ...world, head: later(head), previous: later(previous), tasks, turns },
    broken: null,
  }
}

/** What may not act on its participant any more: it had its time-out and the grace. */
export function isSilenced({ phase, lost, mute, overdue, effect, work, next }: Turn): boolean {
  if (overdue || (!lost && !mute)) return false
  if (phase === 'doubt') return next?.kind !== 'compensation'
  return !effect && work?.kind !== 'compensation'
}

function asOf(turn: Turn, view: number, late: boolean): Turn {
  return { ...turn, view, overdue: turn.overdue || late }
}

/** A handler that nobody can stop, in a process that lives and will tell. */
function canBeOverdue({ phase, mute }: Turn): boolean {
  return !mute && (phase === 'running' || phase === 'ghost')
}

/** The queue sends a hint twice, or forgets all. */
export function hint(_: SagaBook, world: World, { branch, what }: MoveOf<'hint'>): Outcome {
  if (what === 'duplicate') return { world: withTask(world, branch, { hints: 2 }), broken: null }
  const tasks = world.tasks.map((task) => ({ ...task, hints: 0, strays: 0 }))
  return { world: { ...world, tasks }, broken: null }
}
