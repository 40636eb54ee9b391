import { standingOf } from './ledger.ts'
import { mayReject } from './may-reject.ts'
import { isOneCommit, stepNamed } from './plan-steps.ts'
import type { SagaBook } from './saga-book.ts'
import type { Fault } from './shape.ts'
import { ledgerPlace } from './tables.ts'
import type { Result, Work } from './work.ts'
import type { Ask, PossibleMove, Turn, World } from './world.ts'

interface PossibleAsk {
  readonly ask: Ask
  readonly branch: string
  readonly cost: Fault | null
}

/** What two turns of one process may have written in one row, whichever of them comes first. At most one end is a fault. */
export function movesTogether(book: SagaBook, world: World): readonly PossibleMove[] {
  const asks = world.turns.flatMap((turn, place) => asksOf(book, world, turn, place))
  const pairs = asks.flatMap((first) =>
    asks.filter(({ branch }) => branch !== first.branch).map((second) => [first, second] as const),
  )
  const verdicts = pairs.flatMap(([first, second]): readonly PossibleMove[] => {
    if (first.cost !== null && second.cost !== null) return []
    const move = { type: 'together', asks: [first.ask, second.ask] } as const
    return [{ move, cost: first.cost ?? second.cost, fair: false }]
  })
  return [...verdicts, ...lossesTogether(world)]
}

/** A process that dies or freezes loses what it holds at once. */
function lossesTogether({ tasks }: World): readonly PossibleMove[] {
  const held = tasks.filter(({ claim }) => claim !== 'none')
  if (held.length < 2) return []
  const cost = held.some(({ claim }) => claim === 'live') ? 'expiry' : null
  const branches = held.map(({ branch }) => branch)
  return [{ move: { type: 'takeover', branches }, cost, fair: false }]
}

function asksOf(book: SagaBook, world: World, turn: Turn, place: number): readonly PossibleAsk[] {
  const { branch, lost, phase, work } = turn
  if (lost) return []
  if (phase === 'claimed') return [{ ask: { turn: place, result: null }, branch, cost: null }]
  if (phase !== 'running' || work === null) return []
  return endsOf(book, world, turn, work).map(({ result, cost }) => {
    return { ask: { turn: place, result }, branch, cost }
  })
}

function end(result: Result, cost: Fault | null): End {
  return { result, cost }
}

interface End {
  readonly result: Result
  readonly cost: Fault | null
}

function endsOf(book: SagaBook, world: World, turn: Turn, work: Work): readonly End[] {
  if (work.kind === 'probe') {
    const stands = standingOf(world.ledger[ledgerPlace(book, work)] ?? 0) > 0
    return [end(stands ? 'success' : 'rejection', null), end('failure', 'stillUnknown')]
  }
  const isDone = turn.effect || isOneCommit(stepNamed(book.plan, work.step), work.kind)
  return [
    ...(isDone ? [end('success', null)] : []),
    ...(mayReject(book, world, turn, work) ? [end('rejection', 'rejection')] : []),
    end('failure', 'failure'),
  ]
}
