import { isTurning } from './fork-invariants.ts'
import { withClaimsLost } from './claim-loss.ts'
import type { SagaBook } from './saga-book.ts'
import { taskOf, withRow, withTask, withTurn, withoutTask, withoutTurn, turnAt } from './tables.ts'
import { heldClaim } from './work.ts'
import type { Move, Outcome, Turn, World } from './world.ts'

type MoveOf<Type extends Move['type']> = Extract<Move, { readonly type: Type }>

/** Somebody comes for a task, by the sweep or with a hint. A hint that is not for this task, or comes too soon, is spent. */
export function claim(book: SagaBook, world: World, { branch, by }: MoveOf<'claim'>): Outcome {
  const task = taskOf(world, branch)
  if (task === undefined) return { world, broken: null }
  const hints = by === 'hint' ? task.hints - 1 : task.hints
  const strays = by === 'stray' ? task.strays - 1 : task.strays
  const after = withTask(world, branch, { hints, strays })
  const fits = by !== 'stray' && task.claim === 'none' && task.due === 0
  if (!fits && (by !== 'stray' || book.rules.checksNonces)) return { world: after, broken: null }
  return { world: held(book, after, branch, by === 'old'), broken: null }
}

/** Leases have run out. The turns that held them, if they are alive, do not know yet. One row has all losses. */
export function takeover(book: SagaBook, world: World, { branches }: MoveOf<'takeover'>): Outcome {
  const fenced = withClaimsLost(book, world, (turn) => branches.includes(turn.branch))
  if (!book.rules.writesLeaseLost) {
    return { world: heldAll(book, fenced, branches), broken: null }
  }
  const parts = branches.map((branch) => {
    const lost = { type: 'lease_lost', branch, claimId: heldClaim } as const
    const decision = { events: [lost], commands: [], refusal: null }
    return { branch, decision, observation: null }
  })
  const events = parts.flatMap(({ decision }) => decision.events)
  const row = book.row(world.head, `lost ${branches.join(' ')}`, () => ({
    decision: { events, commands: [], refusal: null },
    observation: null,
    parts,
  }))
  return { world: heldAll(book, withRow(fenced, row), branches), broken: row.broken }
}

function heldAll(book: SagaBook, world: World, branches: readonly string[]): World {
  return branches.reduce((after, branch) => held(book, after, branch, false), world)
}

/** The world in which a new turn holds the task, and has read the journal. The task has another nonce from here on. */
function held(book: SagaBook, before: World, branch: string, old: boolean): World {
  const head = book.givenUp(before.head, branch)
  const view = old ? before.previous : head
  const turn: Turn = {
    name: before.claims + 1,
    branch,
    phase: 'claimed',
    lost: false,
    claimedBack: isTurning(book.plan, book.state(head)),
    view,
    stale: view !== head,
    work: null,
    effect: false,
    mute: false,
    overdue: false,
    next: null,
  }
  const world = { ...before, head, claims: turn.name, turns: [...before.turns, turn] }
  if (!book.rules.keepsTaskUntilCommit) {
    return withoutTask(world, branch)
  }
  const task = taskOf(world, branch)
  const strays = Math.min(2, (task?.hints ?? 0) + (task?.strays ?? 0))
  return withTask(world, branch, { claim: 'live', woken: false, hints: 0, strays })
}

/** A process dies. Its lease stays behind, and a request that is on its way may still take effect. */
export function crash(
  _: SagaBook,
  world: World,
  { turn: place, leavesRequest }: MoveOf<'crash'>,
): Outcome {
  const { branch } = turnAt(world, place)
  const left = leavesRequest
    ? withTurn(world, place, { phase: 'ghost', mute: true })
    : withoutTurn(world, place)
  return { world: withTask(left, branch, { claim: 'dead' }), broken: null }
}
