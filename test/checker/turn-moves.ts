import { mainBranch } from '../../packages/engine/src/core/state.ts'
import { isOver, leavesNothing } from './claim-loss.ts'
import { isOneCommit, stepNamed } from './plan-steps.ts'
import { othersIn, withTasksSettled, woken } from './branch-tasks.ts'
import { applied, refused, undone } from './ledger.ts'
import { brokenByEffect, brokenByStart, brokenByTurningBack } from './world-invariants.ts'
import { followed, type Row, type SagaBook } from './saga-book.ts'
import {
  dueOn,
  isLive,
  stepIndex,
  taskOf,
  turnAt,
  withFreeTask,
  withoutTurn,
  withRow,
  withTask,
  withTurn,
  workOn,
} from './tables.ts'
import {
  claimed,
  claimedBehindCircuit,
  lateReport,
  observed,
  unknownDefinition,
  type Result,
  type Work,
} from './work.ts'
import type { Move, Outcome, Turn, World } from './world.ts'

type MoveOf<Type extends Move['type']> = Extract<Move, { readonly type: Type }>

/** Whoever holds the branch asks what to do, and does it: in the journal first, if there is anything to write. */
export function begin(book: SagaBook, world: World, move: MoveOf<'begin'>): Outcome {
  const turn = turnAt(world, move.turn)
  const row = move.known
    ? claimedRow(book, turn.view, turn.branch, move)
    : unknownRow(book, turn.view, turn.branch)
  if (row.broken !== null) return { world, broken: row.broken }
  if (row.events.length === 0) return withoutEvents(book, world, move, row)
  if (!turn.stale || !book.rules.comparesAndSets) return settle(book, world, move, row)
  return readOn(book, world, move)
}

/** A lost race: who has lost the claim ends; else the decision is made once more, on what there is now. */
function readOn(book: SagaBook, world: World, move: MoveOf<'begin'>): Outcome {
  const turn = turnAt(world, move.turn)
  if (turn.lost && book.rules.fencesLostClaims) {
    return { world: withoutTurn(world, move.turn), broken: null }
  }
  return { world: withTurn(world, move.turn, { view: world.head, stale: false }), broken: null }
}

function claimedRow(
  book: SagaBook,
  view: number,
  branch: string,
  { goesOn, open }: Pick<MoveOf<'begin'>, 'goesOn' | 'open'>,
): Row {
  const observation = open ? claimedBehindCircuit(branch) : claimed(branch)
  return book.row(view, `claimed ${branch} ${goesOn} ${open}`, (state) =>
    followed(book, state, { observation, branch, goesOn }),
  )
}

function unknownRow(book: SagaBook, view: number, branch: string): Row {
  return book.row(view, `unknown ${branch}`, (state) =>
    followed(book, state, { observation: unknownDefinition(branch), branch, goesOn: true }),
  )
}

/** Nothing to write: run what is due, or give the task back, unless somebody has woken its holder. */
function withoutEvents(book: SagaBook, world: World, move: MoveOf<'begin'>, row: Row): Outcome {
  const turn = turnAt(world, move.turn)
  const todo = workOn(book, row, turn.branch)
  if (todo !== null && todo.due === 0 && move.goesOn)
    return start(book, world, move.turn, todo.work)
  if (turn.lost || !isLive(book.state(world.head))) {
    return { world: withoutTurn(world, move.turn), broken: null }
  }
  if (taskOf(world, turn.branch)?.woken === true) {
    const read = withTurn(world, move.turn, { view: world.head, stale: false })
    return { world: withTask(read, turn.branch, { woken: false }), broken: null }
  }
  const ended = withoutTurn(world, move.turn)
  return { world: withFreeTask(book, ended, turn.branch, dueOn(row, turn.branch)), broken: null }
}

/** A turn runs a handler. */
export function start(book: SagaBook, world: World, place: number, work: Work): Outcome {
  const broken = brokenByStart(book, world, turnAt(world, place), work)
  const change = { phase: 'running', work, effect: false, stale: false, next: null } as const
  const started = withTurn(world, place, change)
  // Whoever has lost the claim does not know it yet; what comes of that is nothing.
  const ended = isOver(book, turnAt(started, place)) ? withoutTurn(started, place) : started
  return { world: ended, broken }
}

interface Settling {
  readonly turn: number
  readonly goesOn: boolean
  readonly replied?: boolean
}

/** The decision of a turn is appended, if it may be. */
function settle(book: SagaBook, before: World, settling: Settling, row: Row): Outcome {
  const { lost, stale } = turnAt(before, settling.turn)
  if (row.broken !== null) return { world: before, broken: row.broken }
  if (stale) return { world: before, broken: 'I10: a row follows one that is not the last' }
  if (lost) return { world: before, broken: 'I7: a claim that is lost decides' }
  return appendBy(book, before, settling, row)
}

/** Whether a row is about nobody but its own branch, so that its turn may go on. */
function changesNoOthers(
  { rules }: SagaBook,
  row: Pick<Row, 'events' | 'commands'>,
  branch: string,
): boolean {
  if (othersIn(row, branch).length > 0) return false
  if (!rules.dropsAbandonedTasks) return true
  // A branch that is opened again on the way back is another one.
  const isGone =
    branch !== mainBranch && row.events.some(({ type }) => type === 'compensation_began')
  return !isGone && row.events.every(({ type }) => type !== 'branches_abandoned')
}

/** What a turn runs next under its claim; null where its task passes on, or goes. */
export function workAtOnce(
  book: SagaBook,
  row: Pick<Row, 'events' | 'commands'>,
  branch: string,
): Work | null {
  const todo = workOn(book, row, branch)
  return todo?.due === 0 && changesNoOthers(book, row, branch) ? todo.work : null
}

/** The append stands: what becomes of the task, and whether the turn goes on. */
function appendBy(book: SagaBook, before: World, settling: Settling, row: Row): Outcome {
  const { turn: place, goesOn, replied = true } = settling
  const { branch } = turnAt(before, place)
  const next = goesOn ? workAtOnce(book, row, branch) : null
  const appended = withRow(before, row)
  const broken = brokenByTurningBack(appended, { row, own: [branch] })
  if (broken !== null) return { world: appended, broken }
  // With its task handed on, it holds nothing any more; without a reply it does not know it yet.
  const doubt = { phase: 'doubt', effect: false, next, lost: next === null } as const
  const told = replied ? appended : withTurn(appended, place, doubt)
  if (next === null) {
    const left = replied ? withoutTurn(told, place) : told
    return { world: withTasksSettled(book, left, [{ ...row, branch }]), broken: null }
  }
  const after = withTask(told, branch, { woken: false })
  if (!replied) return { world: after, broken: null }
  return start(book, withTurn(after, place, { view: after.head, lost: false }), place, next)
}

/** The handler takes effect at its participant. */
export function effect(book: SagaBook, world: World, move: MoveOf<'effect'>): Outcome {
  const turn = turnAt(world, move.turn)
  const { work } = turn
  if (work === null) return { world, broken: null }
  const { world: after, broken } = withEffect(book, world, turn, work)
  const done = turn.mute
    ? withoutTurn(after, move.turn)
    : withTurn(after, move.turn, { effect: true })
  return { world: done, broken }
}

/** What a handler does, in the books of its participant. */
function withEffect(book: SagaBook, world: World, turn: Turn, work: Work): Outcome {
  const place = stepIndex(book, work.step)
  const before = world.ledger[place] ?? 0
  const { keepsKeyAcrossAttempts, keepsKeyAtFallback } = book.rules
  const isOther = !keepsKeyAcrossAttempts || (work.isFallback && !keepsKeyAtFallback)
  const key = isOther ? work.attempt - 1 : 0
  const entry = work.kind === 'action' ? applied(before, key) : undone(before, work.round)
  const after = { ...world, ledger: world.ledger.with(place, entry) }
  return { world: after, broken: brokenByEffect(book, after, { turn, work, before, entry }) }
}

/** A handler has ended, and whoever holds the branch makes a verdict of it. */
export function report(book: SagaBook, world: World, move: MoveOf<'report'>): Outcome {
  const turn = turnAt(world, move.turn)
  const { work } = turn
  if (work === null) return { world, broken: null }
  // Whatever was read before, the append that stands was decided on the row that it follows.
  const row = verdictRow(book, world.head, work, move)
  const said = toldBy(book, world, { turn, work, result: move.result })
  if (said.broken !== null) return said
  const outcome = settle(book, said.world, move, row)
  const goes = move.result !== 'unsettled' || leavesNothing(book, work)
  if (goes || outcome.broken !== null) return outcome
  const ghost: Turn = { ...turn, phase: 'ghost', stale: false, lost: true }
  return { ...outcome, world: { ...outcome.world, turns: [...outcome.world.turns, ghost] } }
}

interface Told {
  readonly turn: Turn
  readonly work: Work
  readonly result: Result
}

/** What a verdict means to the participant: what was to be one commit with it is done, or what was refused stays so. */
export function toldBy(book: SagaBook, world: World, { turn, work, result }: Told): Outcome {
  if (work.kind === 'action' && result === 'rejection')
    return { world: withRefusal(book, world, work), broken: null }
  return result === 'success' && isOneCommit(stepNamed(book.plan, work.step), work.kind)
    ? withEffect(book, world, turn, work)
    : { world, broken: null }
}

function verdictRow(
  book: SagaBook,
  view: number,
  work: Work,
  { result, goesOn }: { readonly result: Result; readonly goesOn: boolean },
): Row {
  const { branch } = work
  return book.row(view, `${result} ${work.id} ${goesOn}`, (state) =>
    followed(book, state, { observation: observed(work, result), branch, goesOn }),
  )
}

/** A participant whose rejection speaks for all attempts keeps its word. */
function withRefusal(book: SagaBook, world: World, { step }: Work): World {
  const node = stepNamed(book.plan, step)
  if (node === undefined || node.role === 'retriable' || !node.rejectionCoversEarlierAttempts) {
    return world
  }
  const place = stepIndex(book, step)
  return { ...world, ledger: world.ledger.with(place, refused(world.ledger[place] ?? 0)) }
}

/** The append goes once more, under its name: it stands, so the turn goes on as it would have. */
export function repeat(book: SagaBook, world: World, move: MoveOf<'repeat'>): Outcome {
  const { next, work, lost } = turnAt(world, move.turn)
  if (!book.rules.repeatsSameAppend && work !== null && !lost) {
    const row = verdictRow(book, world.head, work, { result: 'success', goesOn: true })
    return settle(book, world, { turn: move.turn, goesOn: true }, row)
  }
  if (next === null) return { world: withoutTurn(world, move.turn), broken: null }
  return start(book, world, move.turn, next)
}

/** A handler that nobody waits for comes to an end, and its worker tells the journal. */
export function late(book: SagaBook, world: World, move: MoveOf<'late'>): Outcome {
  const turn = turnAt(world, move.turn)
  const { work } = turn
  if (work === null) return { world, broken: null }
  const success = turn.effect
  const ended = withoutTurn(world, move.turn)
  const asked = lateReport(work, success)
  if (asked === null) return { world: ended, broken: null }
  const row = book.row(world.head, `late ${work.id} ${success}`, (state) => {
    const { branch, step, attempt, kind, claimId, outcome } = asked
    const told = { type: 'late_result', branch, step, attempt, kind, claimId, outcome } as const
    const verdict = { type: 'action_succeeded', branch, step, attempt, output: null } as const
    const apart = book.rules.keepsLateResultsApart || kind === 'compensation' || !success
    if (!isLive(state))
      return { decision: book.rules.decide(book.plan, state, asked), observation: asked }
    const decision = { events: [apart ? told : verdict], commands: [], refusal: null }
    return { decision, observation: null }
  })
  return { world: woken(withRow(ended, row)), broken: row.broken }
}
