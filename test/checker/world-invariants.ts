import { entriesIn, valueAt } from '../../packages/engine/src/core/key-map.ts'
import { undoOf } from '../../packages/engine/src/core/plan-steps.ts'
import type { StepState } from '../../packages/engine/src/core/state.ts'
import { abandonedIn, brokenByBranches } from './branch-tasks.ts'
import { isTurning } from './fork-invariants.ts'
import { isBarred, isOneCommit, probesOf, stepNamed, stepsOf } from './plan-steps.ts'
import { isRefused, standingOf, wasUndone } from './ledger.ts'
import type { Row, SagaBook } from './saga-book.ts'
import { isLive, stepIndex } from './tables.ts'
import type { Work } from './work.ts'
import type { Task, Turn, World } from './world.ts'

/** What holds of every world: of the tasks, and of the participants once a saga has ended. */
export function brokenByWorld(book: SagaBook, world: World): string | null {
  return brokenByTasks(book, world) ?? brokenByCommits(book, world) ?? brokenByEnd(book, world)
}

function brokenByTasks(book: SagaBook, world: World): string | null {
  const crowded = world.tasks.find((task) => !isHeldByOne(world, task))
  if (crowded !== undefined) return `R3: not exactly one turn holds the task of ${crowded.branch}`
  return brokenByBranches(book, world)
}

/** What is one commit with a row is there exactly when the row is. */
function brokenByCommits(book: SagaBook, { head, ledger }: World): string | null {
  const { steps } = book.state(head)
  const torn = stepsOf(book.plan).find((node, place) => {
    if (!isOneCommit(node, 'action')) return false
    const step = valueAt(steps, node.name)
    const stands = standingOf(ledger[place] ?? 0) > 0
    const hasSucceeded = step?.action.status === 'succeeded'
    if (!hasSucceeded || step.compensation.status === 'compensated') return stands
    const maySo = isOneCommit(node, 'compensation') || step.compensation.status === 'none'
    return maySo && !stands
  })
  return torn === undefined ? null : `I16: the journal and the rows of "${torn.name}" differ`
}

function brokenByEnd(book: SagaBook, world: World): string | null {
  const { status, steps } = book.state(world.head)
  if (status === 'completed') {
    const wrong = stepsOf(book.plan).find(({ name }, place) => {
      const wanted = valueAt(steps, name)?.action.status === 'skipped' ? 0 : 1
      return standingOf(world.ledger[place] ?? 0) !== wanted
    })
    if (wrong !== undefined)
      return `I1: a saga is completed, and the effect of "${wrong.name}" does not stand once`
  }
  if (status !== 'compensated') return null
  const standing = stepsOf(book.plan).find(
    ({ name }, place) =>
      matters(book, name) &&
      standingOf(world.ledger[place] ?? 0) > 0 &&
      !world.turns.some((turn) => willTell(turn, name)),
  )
  return standing === undefined
    ? null
    : `I2: the effect of "${standing.name}" stands behind the end`
}

function isHeldByOne({ turns }: World, { branch, claim }: Task): boolean {
  const holders = turns.filter(
    (turn) => turn.branch === branch && !turn.lost && turn.phase !== 'ghost',
  )
  return holders.length === (claim === 'live' ? 1 : 0)
}

/** What took effect too late is not known yet, and will be. */
function willTell({ overdue, effect, work }: Turn, step: string): boolean {
  return overdue && effect && work?.step === step
}

/** The way back begins only where nobody is at work any more; with `failFast`, whoever is has lost the branch by now. */
export function brokenByTurningBack(
  world: World,
  { row, own }: { readonly row: Row; readonly own: readonly string[] },
): string | null {
  if (!row.events.some(({ type }) => type === 'compensation_began')) return null
  const apart = new Set(row.events.flatMap(abandonedIn))
  const held = world.tasks.find(({ branch }) => !own.includes(branch) && !apart.has(branch))
  return held === undefined ? null : `I5: the saga turns back while ${held.branch} is at work`
}

/** A handler is about to run. */
export function brokenByStart(book: SagaBook, world: World, turn: Turn, work: Work): string | null {
  switch (work.kind) {
    case 'action':
      return brokenByAction(book, world, turn, work)
    case 'probe':
      return brokenByProbe(book, world, turn, work)
    case 'compensation':
      return brokenByCompensation(book, world, turn, work)
  }
}

function brokenByAction(book: SagaBook, world: World, turn: Turn, work: Work): string | null {
  const { step } = work
  if (turn.claimedBack) return `I5: "${step}" runs under a claim that is younger than the way back`
  if (isTurning(book.plan, book.state(turn.view)))
    return `I5: "${step}" runs, and its claim has read that the saga is to turn back`
  if (isTooLate(book, turn, step)) return `R27: "${step}" begins when the deadline has passed`
  if (turn.lost) return null
  const state = book.state(world.head)
  if (state.status !== 'running') return `I5: "${step}" runs in a saga that is ${state.status}`
  const reached = valueAt(state.steps, step)
  if (isBlind(book, reached, step)) return `R7: "${step}" runs again, and its probe was not asked`
  // The fallback comes behind the budget.
  return !work.isFallback && isActionSpent(book, reached, step)
    ? `I13: "${step}" runs beyond its budget`
    : null
}

/** Whether a claim has read that the deadline has passed; what is behind the pivot runs all the same, and one in doubt does. */
function isTooLate(book: SagaBook, turn: Turn, step: string): boolean {
  const { deadline, steps } = book.state(turn.view)
  if (deadline === 'none') return false
  const role = stepNamed(book.plan, step)?.role
  const isDoubted = (valueAt(steps, step)?.action.unknownAttempts ?? 0) > 0
  return role === 'compensatable' || (role === 'pivot' && !isDoubted)
}

/** The first attempt that an operator asks for is not made before a probe has been asked about the doubt that there is. */
function isBlind({ plan }: SagaBook, state: StepState | undefined, step: string): boolean {
  if (state === undefined || probesOf(plan, step) === 0) return false
  const { probe, unknownAttempts, attempts } = state.action
  return probe === null && unknownAttempts > 0 && attempts.endedSinceResume === 0
}

function brokenByProbe(book: SagaBook, world: World, turn: Turn, work: Work): string | null {
  if (turn.lost) return null
  const { step } = work
  const { status, steps } = book.state(world.head)
  if (status !== 'running') return `R7: the probe of "${step}" is asked in a saga that is ${status}`
  const action = valueAt(steps, step)?.action
  const isDoubted = action !== undefined && action.unknownAttempts > 0
  if (!isDoubted) return `R7: the probe of "${step}" is asked, and nothing is in doubt`
  const isSpent = action.probe !== null && action.probe.ended >= probesOf(book.plan, step)
  if (isSpent) return `I13: the probe of "${step}" exceeds its budget`
  return world.turns.some((other) => other !== turn && mayAct(other, step))
    ? `R11: the probe of "${step}" is asked while its action may still take effect`
    : null
}

function isActionSpent({ plan }: SagaBook, state: StepState | undefined, step: string): boolean {
  const budget = stepNamed(plan, step)?.retry.maximumAttempts ?? null
  return budget !== null && (state?.action.attempts.endedSinceResume ?? 0) >= budget
}

function brokenByCompensation(book: SagaBook, world: World, turn: Turn, work: Work): string | null {
  // Who has lost the claim may not know it yet; the ledger judges what comes of that.
  if (turn.lost) return null
  const { steps } = book.state(world.head)
  const owed = entriesIn(steps).find(
    ([name, { compensation }]) =>
      book.shape.inOrder(work.step, name) && isOwed(compensation.status),
  )
  if (owed !== undefined) return `I4: "${work.step}" is undone before "${owed[0]}"`
  if (isBeyondBudget(book, valueAt(steps, work.step), work.step))
    return `I13: the undo of "${work.step}" exceeds its budget`
  if (leftNothing(book, valueAt(steps, work.step), work.step))
    return `R21: "${work.step}" is undone, and has left nothing`
  const loud = stepsOf(book.plan).find(
    ({ name, role }) =>
      !isBarred(stepNamed(book.plan, name)) &&
      (name === work.step || role === 'pivot') &&
      !isRefused(world.ledger[stepIndex(book, name)] ?? 0) &&
      world.turns.some((other) => other !== turn && mayAct(other, name)),
  )
  if (loud === undefined) return null
  const code = loud.role === 'pivot' ? 'I6' : 'R11'
  return `${code}: "${work.step}" is undone while the action of "${loud.name}" may still take effect`
}

/** What was not committed with its success is not there; a rejection may leave something where the plan says so. */
function leftNothing({ plan }: SagaBook, state: StepState | undefined, step: string): boolean {
  const node = stepNamed(plan, step)
  if (node?.role !== 'compensatable' || !isOneCommit(node, 'action')) return false
  return state?.action.status !== 'succeeded' && !node.compensateWhenRejected
}

function isOwed(compensation: StepState['compensation']['status']): boolean {
  return compensation === 'needed' || compensation === 'blocked'
}

function isBeyondBudget({ plan }: SagaBook, state: StepState | undefined, step: string): boolean {
  const budget = undoOf(plan, step)?.retry.maximumAttempts ?? null
  return budget !== null && (state?.compensation.attempts.endedSinceResume ?? 0) >= budget
}

function mayAct({ work, effect, phase, overdue }: Turn, step: string): boolean {
  if (overdue) return false
  const running = phase === 'running' || phase === 'ghost'
  return running && work?.kind === 'action' && work.step === step && !effect
}

/** What a handler did to the entry of its step in the ledger. */
interface Effect {
  readonly turn: Turn
  readonly work: Work
  readonly before: number
  readonly entry: number
}

/** A handler has done something at its participant. */
export function brokenByEffect(
  book: SagaBook,
  world: World,
  { turn, work, before, entry }: Effect,
): string | null {
  if (entry === before) return null
  if (work.kind === 'action') {
    if (standingOf(entry) > 1) return `I3: "${work.step}" takes effect twice`
    return wasUndone(before) && !turn.overdue
      ? `R11: "${work.step}" takes effect after it was undone`
      : null
  }
  const behind = stepsOf(book.plan).find(
    ({ name }, place) =>
      book.shape.inOrder(work.step, name) &&
      matters(book, name) &&
      // One that came after its own undo waits for a round of its own.
      !wasUndone(world.ledger[place] ?? 0) &&
      standingOf(world.ledger[place] ?? 0) > 0,
  )
  if (behind === undefined) return null
  return behind.role === 'compensatable'
    ? `I4: "${work.step}" is undone while the effect of "${behind.name}" stands`
    : `I6: "${work.step}" is undone behind "${behind.name}"`
}

/** Whether an effect of the step may not be left behind. */
function matters({ plan }: SagaBook, step: string): boolean {
  const node = stepNamed(plan, step)
  return node?.role !== 'compensatable' || node.compensation.type === 'handler'
}

/** Whether there is nothing more that fair workers have to do: the saga has ended, or waits for an operator. */
export function isEnd(book: SagaBook, { head }: World): boolean {
  return !isLive(book.state(head))
}
