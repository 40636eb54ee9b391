import { isAtWork } from '../../packages/engine/src/core/state-patch.ts'
import { leavesNothing } from './claim-loss.ts'
import { isBarred, isOneCommit, stepNamed, stepsOf } from './plan-steps.ts'
import { mayReject } from './may-reject.ts'
import { movesTogether } from './together-found.ts'
import { now } from './abstract-state.ts'
import { isRefused, standingOf, wasUndone } from './ledger.ts'
import { isSilenced } from './outside-moves.ts'
import type { SagaBook } from './saga-book.ts'
import type { Fault } from './shape.ts'
import { leftOf, stepIndex } from './tables.ts'
import type { Work } from './work.ts'
import type { Move, PossibleMove, Task, Turn, World } from './world.ts'

/** All that can happen next. */
export function possibleMoves(book: SagaBook, world: World): readonly PossibleMove[] {
  const found: PossibleMove[] = []
  for (const task of world.tasks) taskMoves(book, world, task, found)
  for (const [place, turn] of world.turns.entries()) turnMoves(book, world, { place, turn }, found)
  worldMoves(book, world, found)
  if (book.shape.oneProcess) found.push(...movesTogether(book, world))
  return found.filter(({ cost }) => cost === null || leftOf(world, cost) > 0)
}

type Found = PossibleMove[]
type Report = Extract<Move, { readonly type: 'report' }>

/** What fair workers do by themselves. */
function fair(move: Move): PossibleMove {
  return { move, cost: null, fair: true }
}

/** What happens, and need not. */
function chance(move: Move, cost: Fault | null = null): PossibleMove {
  return { move, cost, fair: false }
}

function taskMoves(book: SagaBook, world: World, task: Task, found: Found): void {
  const { branch, claim, due } = task
  if (claim === 'none' && due === 0) {
    found.push(fair({ type: 'claim', branch, by: 'sweep' }))
    const behind = !book.rules.readsUpToTask && world.previous !== world.head
    if (behind) found.push(chance({ type: 'claim', branch, by: 'old' }))
  }
  if (claim === 'dead') found.push(fair({ type: 'takeover', branches: [branch] }))
  if (claim === 'live') found.push(chance({ type: 'takeover', branches: [branch] }, 'expiry'))
  if (book.shape.queue) hintMoves(task, found)
}

function hintMoves({ branch, hints, strays }: Task, found: Found): void {
  if (hints > 0) found.push(fair({ type: 'claim', branch, by: 'hint' }))
  if (strays > 0) found.push(chance({ type: 'claim', branch, by: 'stray' }))
  if (hints === 1) found.push(chance({ type: 'hint', branch, what: 'duplicate' }, 'duplicate'))
  if (hints + strays > 0) found.push(chance({ type: 'hint', branch, what: 'flush' }, 'flush'))
}

interface Placed {
  readonly place: number
  readonly turn: Turn
}

function turnMoves(book: SagaBook, world: World, placed: Placed, found: Found): void {
  const { place, turn } = placed
  switch (turn.phase) {
    case 'claimed':
      beginMoves(placed, found)
      break
    case 'doubt':
      found.push(byTurn(turn, { type: 'repeat', turn: place }))
      break
    case 'running':
    case 'ghost':
      if (turn.work !== null) handlerMoves(book, world, { ...placed, work: turn.work }, found)
  }
  if (turn.lost || turn.mute) return
  found.push(chance({ type: 'crash', turn: place, leavesRequest: false }, 'crash'))
  if (leavesRequest(book, turn))
    found.push(chance({ type: 'crash', turn: place, leavesRequest: true }, 'crash'))
}

/** Whether a process may die with a request on its way. */
function leavesRequest(book: SagaBook, { phase, effect, work }: Turn): boolean {
  if (work === null || leavesNothing(book, work)) return false
  return phase === 'running' && !effect && book.shape.requestsOutliveCrash
}

/** Turns that hold their task are waited for; others only may still do something. */
function byTurn({ lost, mute }: Turn, move: Move): PossibleMove {
  return lost || mute ? chance(move) : fair(move)
}

function beginMoves({ place, turn }: Placed, found: Found): void {
  const begin = { type: 'begin', turn: place, goesOn: true, known: true, open: false } as const
  found.push(byTurn(turn, begin))
  if (turn.lost) return
  found.push(chance({ ...begin, goesOn: false }, 'handover'))
  found.push(chance({ ...begin, known: false }, 'unknownDefinition'))
  found.push(chance({ ...begin, open: true }, 'openCircuit'))
}

interface AtWork extends Placed {
  readonly work: Work
}

function handlerMoves(book: SagaBook, world: World, atWork: AtWork, found: Found): void {
  const { place, turn, work } = atWork
  if (work.kind === 'probe') return answers(book, world, atWork, found)
  const isApart = !leavesNothing(book, work)
  const mayAct = work.kind === 'compensation' || !isClosed(book, world, work.step)
  if (isApart && !turn.effect && mayAct) found.push(byTurn(turn, { type: 'effect', turn: place }))
  if (turn.mute) return
  if (turn.phase === 'ghost' || (turn.lost && knowsLoss(book, world, turn))) {
    found.push(chance({ type: 'late', turn: place }))
    return
  }
  reports(book, world, atWork, found)
}

/** Whether the participant refuses the action of a step from here on. */
function isClosed(book: SagaBook, { ledger }: World, step: string): boolean {
  const entry = ledger[stepIndex(book, step)] ?? 0
  return isRefused(entry) || (wasUndone(entry) && isBarred(stepNamed(book.plan, step)))
}

function knowsLoss(book: SagaBook, { head }: World, { branch }: Turn): boolean {
  const { fencesLostClaims, writesLeaseLost, losesAbandonedClaims } = book.rules
  const isThere = losesAbandonedClaims || isAtWork(book.state(head), branch)
  return fencesLostClaims && writesLeaseLost && isThere
}

function reports(book: SagaBook, world: World, { place, turn, work }: AtWork, found: Found): void {
  const report = { type: 'report', turn: place, goesOn: true, replied: true } as const
  const done = turn.effect || isOneCommit(stepNamed(book.plan, work.step), work.kind)
  if (done) wellEnded(turn, { ...report, result: 'success' }, found)
  const unusable = done || work.kind === 'compensation'
  if (mayReject(book, world, turn, work))
    found.push(chance({ ...report, result: 'rejection' }, 'rejection'))
  found.push(chance({ ...report, result: 'failure' }, 'failure'))
  found.push(chance({ ...report, result: 'unsettled' }, 'unsettled'))
  if (unusable) found.push(chance({ ...report, result: 'unusable' }, 'unusable'))
}

/** An end that is the rule, in each of the ways in which it gets into the journal. */
function wellEnded(turn: Turn, report: Report, found: Found): void {
  found.push(byTurn(turn, report))
  found.push(chance({ ...report, goesOn: false }, 'handover'))
  found.push(chance({ ...report, replied: false }, 'lostReply'))
}

/** A probe tells what it finds at the participant, or cannot tell. */
function answers(book: SagaBook, world: World, { place, turn, work }: AtWork, found: Found): void {
  const report = { type: 'report', turn: place, goesOn: true, replied: true } as const
  const stands = standingOf(world.ledger[stepIndex(book, work.step)] ?? 0) > 0
  wellEnded(turn, { ...report, result: stands ? 'success' : 'rejection' }, found)
  found.push(chance({ ...report, result: 'failure' }, 'stillUnknown'))
  if (stands) found.push(chance({ ...report, result: 'unusable' }, 'unusable'))
}

function worldMoves(book: SagaBook, world: World, found: Found): void {
  const wait = { type: 'wait', overdue: false } as const
  if (waitsForRetry(book, world)) found.push(fair({ ...wait, until: 'retry' }))
  if (waitsForQuiet(book, world)) {
    found.push(fair({ ...wait, until: 'quiet' }))
    found.push(chance({ ...wait, until: 'quiet', overdue: true }, 'overdue'))
  }
  if (waitsForTotal(book, world)) found.push(fair({ ...wait, until: 'total' }))
  if (waitsForDeadline(book, world)) found.push(fair({ ...wait, until: 'deadline' }))
  found.push(chance({ type: 'cancel' }, 'cancel'))
  if (book.state(world.head).status === 'stuck') found.push(chance({ type: 'retry' }, 'retry'))
}

function waitsForRetry(book: SagaBook, { head, tasks, turns }: World): boolean {
  const passes = (id: number): boolean => book.waited(id, 'retry') !== id
  return (
    tasks.some(({ due }) => due === 1) ||
    passes(head) ||
    turns.some(({ phase, view }) => phase === 'claimed' && passes(view))
  )
}

function waitsForQuiet(book: SagaBook, { head, tasks, turns }: World): boolean {
  const passes = (id: number): boolean => book.waited(id, 'quiet') !== book.waited(id, 'retry')
  return (
    tasks.some(({ due }) => due === 2) ||
    passes(head) ||
    turns.some((turn) => isSilenced(turn) || (turn.phase === 'claimed' && passes(turn.view)))
  )
}

function waitsForTotal(book: SagaBook, { head }: World): boolean {
  const bounded = stepsOf(book.plan).some(({ totalTimeoutMs }) => totalTimeoutMs !== null)
  return bounded && book.waited(head, 'total') !== book.waited(head, 'quiet')
}

function waitsForDeadline(book: SagaBook, { head }: World): boolean {
  const { deadline, startedAt } = book.state(head)
  return book.plan.deadlineMs !== undefined && deadline === 'none' && startedAt === now
}
