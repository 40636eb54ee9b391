import type { Command } from '../../packages/engine/src/core/command.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import { currentKey } from '../../packages/engine/src/core/plan-steps.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { stepsOf } from './plan-steps.ts'
import type { Row, SagaBook } from './saga-book.ts'
import { faults, type Fault, type Shape } from './shape.ts'
import { dueOf, type Due, type Work } from './work.ts'
import type { Task, Turn, World } from './world.ts'

/** The world in which the saga has just been started, and nobody has seen its task yet. */
export function firstWorld(book: SagaBook): World {
  const { shape, first } = book
  const tasks = Object.keys(book.state(first).branches).map((branch) => freeTask(book, branch, 0))
  return {
    head: first,
    previous: first,
    tasks,
    turns: [],
    ledger: stepsOf(shape.plan).flatMap(() =>
      Array.from({ length: roundsOf(shape.plan) }, () => 0),
    ),
    left: faults.map((fault) => shape.budget[fault] ?? 0),
    claims: 0,
  }
}

/** A task that nobody holds, with its hint on the way if it is due. */
function freeTask({ shape }: { readonly shape: Shape }, branch: string, due: Due): Task {
  const hints = shape.queue && due === 0 ? 1 : 0
  return { branch, due, claim: 'none', woken: false, hints, strays: 0 }
}

/** What is left of a fault. */
export function leftOf(world: World, fault: Fault): number {
  return world.left[faults.indexOf(fault)] ?? 0
}

/** The world with one less of a fault to come. */
export function spent(world: World, fault: Fault | null): World {
  if (fault === null) return world
  const place = faults.indexOf(fault)
  return { ...world, left: world.left.with(place, leftOf(world, fault) - 1) }
}

/** The task of a branch. */
export function taskOf(world: World, branch: string): Task | undefined {
  return world.tasks.find((task) => task.branch === branch)
}

/** The world with a task changed. */
export function withTask(world: World, branch: string, change: Partial<Task>): World {
  const tasks = world.tasks.map((task) => (task.branch === branch ? { ...task, ...change } : task))
  return { ...world, tasks }
}

/** The turn at a place. */
export function turnAt(world: World, place: number): Turn {
  const turn = world.turns[place]
  if (turn === undefined) throw new RangeError(`There is no turn ${place}.`)
  return turn
}

/** The world with a turn changed. */
export function withTurn(world: World, place: number, change: Partial<Turn>): World {
  return { ...world, turns: world.turns.with(place, { ...turnAt(world, place), ...change }) }
}

/** The world without a turn. */
export function withoutTurn(world: World, place: number): World {
  return { ...world, turns: world.turns.toSpliced(place, 1) }
}

/** The world with a row more. Who has read the journal, and not decided yet, is behind from here on. */
export function withRow(world: World, row: Pick<Row, 'events' | 'next'>): World {
  if (row.events.length === 0) return world
  // Whoever holds a claim when a save-point opens a round may begin actions of that round.
  const opens = row.events.some(({ type }) => type === 'savepoint_reached')
  const turns = world.turns.map((turn) => ({
    ...turn,
    stale: turn.stale || turn.phase === 'claimed',
    claimedBack: turn.claimedBack && !opens,
  }))
  return { ...world, head: row.next, previous: world.head, turns }
}

/** What a decision tells a branch to run; null when there is nothing to run on it. */
export function workOn(
  book: SagaBook,
  row: Pick<Row, 'commands' | 'next'>,
  branch: string,
): WorkToDo | null {
  const command = row.commands.find((other) => other.branch === branch)
  return command === undefined ? null : workOf(book, command, row.next)
}

/** Work, and when it may begin. */
export interface WorkToDo {
  readonly work: Work
  readonly due: Due
}

/** When the task of a branch is due that a decision sets to work; who sleeps has nothing to run. */
export function dueOn({ commands }: Pick<Row, 'commands'>, branch: string): Due {
  const command = commands.find((other) => other.branch === branch)
  return command === undefined ? 0 : dueOf(command)
}

function workOf(book: SagaBook, command: Command, state: number): WorkToDo | null {
  if (!('step' in command)) return null
  return { work: book.work(command, book.state(state)), due: dueOf(command) }
}

/** The world in which a branch has no task. */
export function withoutTask(world: World, branch: string): World {
  return { ...world, tasks: world.tasks.filter((task) => task.branch !== branch) }
}

/** The world in which a branch has a new task. */
export function withFreeTask(book: SagaBook, world: World, branch: string, due: Due): World {
  const former = taskOf(world, branch)
  const strays = Math.min(2, (former?.hints ?? 0) + (former?.strays ?? 0))
  const task = { ...freeTask(book, branch, due), strays }
  const others = world.tasks.filter((other) => other.branch !== branch)
  const tasks = [...others, task].toSorted((a, b) => (a.branch < b.branch ? -1 : 1))
  return { ...world, head: book.givenUp(world.head, branch), tasks }
}

/** Whether a saga moves by itself: it has neither ended nor is it stuck. */
export function isLive({ status }: SagaState): boolean {
  return status === 'running' || status === 'compensating'
}

/** What a participant knows a step by: a round has keys of its own. */
interface InRound {
  readonly step: string
  readonly actionRound: number
}

/** The place of a step in the ledger. */
export function ledgerPlace(
  { plan }: Pick<SagaBook, 'plan'>,
  { step, actionRound }: InRound,
): number {
  const name = currentKey(plan, step)
  const place = stepsOf(plan).findIndex((each) => each.name === name)
  return place * roundsOf(plan) + Math.min(actionRound, roundsOf(plan)) - 1
}

/** The entries of a step in the ledger, round by round. */
export function entriesOf(
  book: Pick<SagaBook, 'plan'>,
  { ledger }: Pick<World, 'ledger'>,
  step: string,
): readonly number[] {
  const first = ledgerPlace(book, { step, actionRound: 1 })
  return ledger.slice(first, first + roundsOf(book.plan))
}

/** As many rounds as can be told apart: two of a save-point, and those that orphan effects open in between. */
function roundsOf({ nodes }: Plan): number {
  return nodes.some(({ type }) => type === 'savepoint') ? 4 : 1
}
