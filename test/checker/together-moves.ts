import type { OnBranchObservation } from '../../packages/engine/src/core/observation.ts'
import { branchOf, isAtWork } from '../../packages/engine/src/core/state-patch.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import { now } from './abstract-state.ts'
import { withTasksSettled } from './branch-tasks.ts'
import type { OwnDecision } from './own-decision.ts'
import { followed, type Decided, type Row, type SagaBook } from './saga-book.ts'
import { isLive, turnAt, withRow, withTask, withTurn, withoutTurn } from './tables.ts'
import { workAtOnce, start, toldBy } from './turn-moves.ts'
import { claimed, observed, type Result } from './work.ts'
import { brokenByTurningBack } from './world-invariants.ts'
import type { Move, Outcome, Turn, World } from './world.ts'

type Together = Extract<Move, { readonly type: 'together' }>

/**
 * Turns of two branches in one process want something decided at once: the second decision is made on what the first one has
 * led to, and one row has both. A decision that would have to wait for that row is not made yet.
 */
export function together(book: SagaBook, world: World, { asks }: Together): Outcome {
  const seen = asks.map(({ turn, result }) => seenBy(turnAt(world, turn), result))
  const name = seen.map(({ key }) => key).join(' and ')
  const row = book.row(world.head, name, (state) => decidedTogether(book, state, seen))
  if (row.broken !== null || row.parts.length < seen.length) return { world, broken: row.broken }
  let before = world
  for (const { turn: place, result } of asks) {
    const turn = turnAt(world, place)
    if (result === null || turn.work === null) continue
    const said = toldBy(book, before, { turn, work: turn.work, result })
    if (said.broken !== null) return said
    before = said.world
  }
  const names = asks.map(({ turn }) => turnAt(world, turn).name)
  return appended(book, before, { row, names })
}

interface Seen {
  readonly key: string
  readonly branch: string
  readonly observation: OnBranchObservation
}

function seenBy({ branch, work }: Turn, result: Result | null): Seen {
  return work === null || result === null
    ? { key: `claimed ${branch}`, branch, observation: claimed(branch) }
    : { key: `${result} ${work.id}`, branch, observation: observed(work, result) }
}

function decidedTogether(book: SagaBook, state: SagaState, seen: readonly Seen[]): Decided {
  const { plan, rules } = book
  const { seq } = state
  const parts: (Decided & { readonly branch: string })[] = []
  let current = state
  for (const { branch, observation } of seen) {
    if (!mayGoOn(current, branch, seq)) break
    const on = rules.decidesOnOtherDecisions ? current : state
    const { decision } = followed(book, on, { observation, branch, goesOn: true })
    if (decision.events.length === 0) break
    parts.push({ branch, decision, observation })
    const entry = { seq: seq + 1, at: now, events: decision.events }
    current = { ...rules.foldRest(plan, current, [entry]), seq }
  }
  const isWhole = parts.length === seen.length
  const events = isWhole ? parts.flatMap(({ decision }) => decision.events) : []
  const decision = { events, commands: [], refusal: null }
  return { decision, observation: null, parts: isWhole ? parts : [] }
}

/** Whether a branch is at work, and not opened only by the row that is being decided on. */
function mayGoOn(state: SagaState, branch: string, seq: number): boolean {
  const isThere = isLive(state) && isAtWork(state, branch)
  return isThere && branchOf(state, branch).openedSeq <= seq
}

interface Appended {
  readonly row: Row
  /** Of the turns whose decisions it has, in their order. */
  readonly names: readonly number[]
}

/** The row stands: what becomes of the tasks, and which of its turns go on. */
function appended(book: SagaBook, before: World, { row, names }: Appended): Outcome {
  const world = withRow(before, row)
  const isStaying = row.parts.map(
    (part) => workAtOnce(book, { ...part, next: row.next }, part.branch) !== null,
  )
  const leaving = row.parts.filter((_, place) => isStaying[place] !== true)
  const left = new Set(names.filter((_, place) => isStaying[place] !== true))
  const own = leaving.map(({ branch }) => branch)
  const broken = brokenByTurningBack(world, { row, own })
  if (broken !== null) return { world, broken }
  const turns = world.turns.filter(({ name }) => !left.has(name))
  const rest = { ...world, turns }
  const settled = leaving.length === 0 ? rest : withTasksSettled(book, rest, leaving)
  const staying = row.parts.flatMap((part, place) => {
    const name = names[place]
    return isStaying[place] === true && name !== undefined ? [{ ...part, name }] : []
  })
  return staying.reduce<Outcome>(
    (after, part) => (after.broken === null ? goesOn(book, after.world, row, part) : after),
    { world: settled, broken: null },
  )
}

interface StayingDecision extends OwnDecision {
  readonly name: number
}

/** A turn runs what its own decision calls for, unless another one of the same row has made that void. */
function goesOn(book: SagaBook, world: World, row: Row, part: StayingDecision): Outcome {
  const { branch } = part
  const work = workAtOnce(book, { ...part, next: row.next }, branch)
  const place = world.turns.findIndex(({ name }) => name === part.name)
  if (place < 0 || work === null) return { world, broken: null }
  const { lost } = turnAt(world, place)
  if (lost && book.rules.endsWithOthersInRow) {
    return { world: withoutTurn(world, place), broken: null }
  }
  const read = withTask(withTurn(world, place, { view: world.head, stale: false }), branch, {
    woken: false,
  })
  const isMoot = row.events.some(({ type }) => type === 'branch_failed')
  return isMoot && book.rules.endsWithOthersInRow
    ? {
        world: withTurn(read, place, { phase: 'claimed', work: null, effect: false }),
        broken: null,
      }
    : start(book, read, place, work)
}
