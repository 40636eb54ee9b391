import { outcomeOf } from './apply-move.ts'
import { possibleMoves } from './moves.ts'
import type { SagaBook } from './saga-book.ts'
import { firstWorld } from './tables.ts'
import type { Ask, Move, PossibleMove, Turn, World } from './world.ts'

/** What happened, one thing a line, from the start of the saga on. */
export type Trace = readonly string[]

interface Way {
  /** The numbers of the states on the way, the first one included. */
  readonly way: readonly number[]
  /** What happened at its end, and broke something. */
  readonly last: PossibleMove | null
  readonly find: (world: World) => number
}

/** Walks a way once more, and says what happens on it. */
export function traceOf(book: SagaBook, { way, last, find }: Way): Trace {
  const lines: string[] = []
  let world = firstWorld(book)
  for (const state of way.slice(1)) {
    const step = stepTo(book, world, (next) => find(next) === state)
    lines.push(lineOf(book, world, step))
    world = step.world
  }
  if (last === null) return lines
  return [
    ...lines,
    lineOf(book, world, { possible: last, world: outcomeOf(book, world, last).world }),
  ]
}

interface Step {
  readonly possible: PossibleMove
  readonly world: World
}

function stepTo(book: SagaBook, world: World, isIt: (next: World) => boolean): Step {
  for (const possible of possibleMoves(book, world)) {
    const { world: next, broken } = outcomeOf(book, world, possible)
    if (broken === null && isIt(next)) return { possible, world: next }
  }
  throw new RangeError(
    'The way cannot be walked again: something in the search depends on more than the world.',
  )
}

function lineOf(book: SagaBook, before: World, { possible, world }: Step): string {
  const { status, cancel } = book.state(world.head)
  const moved =
    before.head === world.head ? '' : ` → ${status}${cancel === 'none' ? '' : `, cancel ${cancel}`}`
  return `${describe(before, possible.move)}${moved}`
}

/** A move in words. */
function describe(world: World, move: Move): string {
  switch (move.type) {
    case 'claim':
      return `somebody claims ${move.branch} (${claimPaths[move.by]})`
    case 'takeover':
      return `the lease on ${move.branches.join(' and ')} has run out: somebody else takes it over`
    case 'wait':
      return `time passes, until ${untils[move.until]}${move.overdue ? ', and some are not' : ''}`
    case 'cancel':
      return 'somebody asks for a cancel'
    case 'retry':
      return 'an operator retries the saga'
    case 'hint':
      return move.what === 'flush'
        ? 'the queue is flushed'
        : `the hint for ${move.branch} is sent twice`
    case 'together':
      return `in one row, ${move.asks.map((ask) => askLine(world, ask)).join('; then ')}`
    case 'begin':
    case 'effect':
    case 'report':
    case 'repeat':
    case 'late':
    case 'crash':
      return turnLine(world.turns[move.turn], move)
  }
}

function askLine(world: World, { turn, result }: Ask): string {
  const move =
    result === null
      ? ({ type: 'begin', turn, goesOn: true, known: true, open: false } as const)
      : ({ type: 'report', turn, result, goesOn: true, replied: true } as const)
  return turnLine(world.turns[turn], move)
}

const untils = {
  retry: 'retries are due',
  quiet: 'lost handlers are quiet',
  total: 'the total times of steps are over',
  deadline: 'the deadline of the saga has passed',
} as const

const claimPaths = {
  sweep: 'found by a sweep',
  hint: 'with its hint',
  stray: 'with a hint that is out of date',
  old: 'reading a journal without its last row',
} as const

type TurnMove = Extract<Move, { readonly turn: number }>

function turnLine(turn: Turn | undefined, move: TurnMove): string {
  if (turn === undefined) return 'nobody does anything'
  const { name, work, lost } = turn
  const kind = work?.isFallback === true ? 'fallback' : work?.kind
  const what = work === null ? '' : ` ${kind} of "${work.step}", attempt ${work.attempt}`
  const who = `claim ${name}${lost ? ' (lost)' : ''}`
  switch (move.type) {
    case 'begin':
      return `${who} ${beginning(move)}`
    case 'effect':
      return `${who}: the${what} takes effect`
    case 'report':
      return `${who}: the${what} ${endOf(work, move)}${ending(move)}`
    case 'repeat':
      return `${who} repeats its append`
    case 'late':
      return `${who} reports late on the${what}`
    case 'crash':
      return `the process of ${who} dies${move.leavesRequest ? ', with a request on its way' : ''}`
  }
}

function beginning({ goesOn, known, open }: Extract<Move, { readonly type: 'begin' }>): string {
  if (!known) return 'has no definition of the saga'
  if (open) return 'decides where the circuit is open'
  return goesOn ? 'decides' : 'hands its task on'
}

function endOf(work: Turn['work'], { result }: Extract<Move, { readonly type: 'report' }>): string {
  if (work?.kind !== 'probe') return `ends in ${result}`
  if (result === 'success') return 'finds the effect'
  return result === 'rejection' ? 'finds no effect' : `cannot tell (${result})`
}

function ending({ goesOn, replied }: Extract<Move, { readonly type: 'report' }>): string {
  const passes = goesOn ? '' : ', and the task is handed on'
  return replied ? passes : `${passes}, and the reply of the append is lost`
}
