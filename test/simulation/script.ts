import type { StepNode } from '../../packages/engine/src/core/plan.ts'
import type { Draws } from './draws.ts'

/**
 * What a participant does when it is called.
 *
 * - `well`: takes effect and answers.
 * - `reject`: refuses, at every attempt, without an effect.
 * - `throw`: fails without an effect.
 * - `lose_reply`: takes effect, and the reply gets lost.
 * - `hang`: never answers, without an effect.
 * - `overrun`: takes effect and answers, long after the attempt's time.
 * - `garbage`: takes effect, and answers what cannot be stored.
 * - `kill`: takes effect, and the process dies of it.
 */
export type Manner =
  | 'well'
  | 'reject'
  | 'throw'
  | 'lose_reply'
  | 'hang'
  | 'overrun'
  | 'garbage'
  | 'kill'

/** How one handler goes: its first attempts in one manner, all others in another. */
export interface Act {
  readonly first: Manner
  readonly attempts: number
  readonly later: 'well' | 'reject' | 'throw' | 'kill'
  readonly workMs: number
  /** Whether it stops when it is told to. */
  readonly heeds: boolean
}

/** How each step of a saga goes, and each undo, by the step's name. */
export interface Script {
  readonly actions: Readonly<Record<string, Act>>
  readonly undos: Readonly<Record<string, Act>>
  /** What comes of the saga's own output, where it has one. */
  readonly output: 'well' | 'throw' | 'garbage'
}

/** What a saga's participants will do. */
export function drawScript(draws: Draws, steps: readonly StepNode[], isTame: boolean): Script {
  const troubled = isTame ? 0 : draws.pick([0, 0.15, 0.4])
  const actions: Record<string, Act> = {}
  const undos: Record<string, Act> = {}
  for (const node of steps) {
    const manners = draws.chance(troubled) ? mannersOf(node) : wellOnly
    actions[node.name] = drawAct(draws, manners, node.retry.maximumAttempts)
    undos[node.name] = drawAct(draws, draws.chance(troubled / 2) ? undoManners : wellOnly, 40)
  }
  // One saga in three is refused somewhere, faults or not: the way back is where most rules are.
  const refusable = steps.filter(({ role }) => role !== 'retriable')
  if (refusable.length > 0 && draws.chance(0.35)) {
    const node = draws.pick(refusable)
    actions[node.name] = refused(draws, node)
  }
  const output = draws.chance(troubled / 8) ? draws.pick(['throw', 'garbage'] as const) : 'well'
  return { actions, undos, output }
}

const wellOnly: readonly Manner[] = ['well']
const undoManners: readonly Manner[] = ['throw', 'lose_reply', 'hang', 'overrun', 'kill']

function mannersOf(node: StepNode): readonly Manner[] {
  const always: readonly Manner[] = [
    'throw',
    'lose_reply',
    'hang',
    'overrun',
    'overrun',
    'garbage',
    'kill',
  ]
  return node.role === 'retriable' ? [...always, 'reject'] : [...always, 'reject', 'reject']
}

function drawAct(draws: Draws, manners: readonly Manner[], budget: number | null): Act {
  const first = draws.pick(manners)
  const heeds = draws.chance(0.5)
  if (budget === null && first === 'throw' && draws.chance(0.05)) {
    return { first, attempts: longFight, later: 'well', workMs: 0, heeds }
  }
  return {
    first,
    attempts: first === 'garbage' ? 1 : draws.between(1, 2),
    later: draws.chance(laterToo(first, budget)) ? sameLater(first) : 'well',
    workMs: draws.between(0, draws.pick([0, 20, 120, 250])),
    heeds,
  }
}

/** How often it never gets better. What is tried without end has to, unless it is found to kill. */
function laterToo(first: Manner, budget: number | null): number {
  if (first === 'kill') return 0.15
  if (budget === null) return 0
  return first === 'reject' ? 1 : 0.15
}

function sameLater(first: Manner): Act['later'] {
  return first === 'throw' || first === 'kill' || first === 'reject' ? first : 'well'
}

/** So many attempts make a journal long enough to have snapshots. */
const longFight = 130

/** A refusal at once, or after an attempt that nobody knows the outcome of. */
function refused(draws: Draws, node: StepNode): Act {
  const covers = node.role !== 'retriable' && node.rejectionCoversEarlierAttempts
  const first =
    covers || draws.chance(0.7) ? 'reject' : draws.pick(['lose_reply', 'throw'] as const)
  return { first, attempts: 1, later: 'reject', workMs: draws.between(0, 80), heeds: true }
}

/** What the handler does at this attempt. */
export function mannerAt(act: Act, attempt: number): Manner {
  return attempt <= act.attempts ? act.first : act.later
}

/** Whether everything that this script says goes well. */
export function goesWell({ actions, output }: Script): boolean {
  if (output !== 'well') return false
  return Object.values(actions).every(({ first, later }) => first === 'well' && later === 'well')
}

/** Whether a step that may turn the saga back is refused at once, and nothing else goes wrong. */
export function isRefused({ actions, undos }: Script, steps: readonly StepNode[]): boolean {
  const refusing = steps.filter(({ name }) => actions[name]?.first === 'reject')
  const others = Object.entries(actions).filter(
    ([name]) => !refusing.some((one) => one.name === name),
  )
  const acts = [...others.map(([, act]) => act), ...Object.values(undos)]
  const isClean = acts.every(({ first, later }) => first === 'well' && later === 'well')
  return isClean && refusing.length > 0 && refusing.every(({ role }) => role !== 'retriable')
}

/** The script that a saga was started with. */
export function readScript(input: unknown): Script {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Every saga of the simulation is started with a script.
  return input as Script
}

/** A NUL, which no jsonb column takes. */
export const garbage = 'a\u0000b'
