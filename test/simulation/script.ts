import type { Plan, StepNode } from '../../packages/engine/src/core/plan.ts'
import { stepNode } from '../../packages/engine/src/core/plan-steps.ts'
import type { Draws } from './draws.ts'
import { stepKeysOf } from './step-keys.ts'

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

/** How each step of a saga goes that it will come to, and each undo, by the step's key. */
export interface Script {
  readonly actions: Readonly<Record<string, Act>>
  readonly undos: Readonly<Record<string, Act>>
  /** What comes of the saga's own output, where it has one. */
  readonly output: 'well' | 'throw' | 'garbage'
  /** How many items each list has, or that it cannot be computed. */
  readonly lists: Readonly<Record<string, number | 'throw'>>
  /** Which way the saga goes, or that it cannot be told. */
  readonly choices: Readonly<Record<string, boolean | 'throw'>>
}

/** What a saga's participants will do. */
export function drawScript(draws: Draws, plan: Plan, isTame: boolean): Script {
  const troubled = isTame ? 0 : draws.pick([0, 0.15, 0.4])
  const actions: Record<string, Act> = {}
  const undos: Record<string, Act> = {}
  const ways = drawWays(draws, plan, troubled / 8)
  const keys = keysBy(plan, ways)
  const isBrisk = draws.chance(0.25)
  for (const key of keys) {
    const node = stepNode(plan, key)
    const manners = draws.chance(troubled) ? mannersOf(node) : wellOnly
    const budget = node.retry.maximumAttempts
    actions[key] = drawAct(draws, { manners, budget, isBrisk })
    const undoing = draws.chance(troubled / 2) ? undoManners : wellOnly
    undos[key] = drawAct(draws, { manners: undoing, budget: 40, isBrisk })
  }
  // One saga in three is refused somewhere, faults or not: the way back is where most rules are.
  const refusable = keys.filter((key) => stepNode(plan, key).role !== 'retriable')
  if (refusable.length > 0 && draws.chance(0.35)) {
    const key = draws.pick(refusable)
    actions[key] = refused(draws, stepNode(plan, key))
  }
  const output = draws.chance(troubled / 8) ? draws.pick(['throw', 'garbage'] as const) : 'well'
  return { actions, undos, output, ...ways }
}

type Ways = Pick<Script, 'lists' | 'choices'>

function drawWays(draws: Draws, { nodes }: Plan, vain: number): Ways {
  const lists: Record<string, number | 'throw'> = {}
  const choices: Record<string, boolean | 'throw'> = {}
  for (const { type, name } of nodes) {
    if (type === 'forEach') lists[name] = draws.chance(vain) ? 'throw' : draws.between(0, 5)
    if (type === 'choice') choices[name] = draws.chance(vain) ? 'throw' : draws.chance(0.6)
  }
  return { lists, choices }
}

/** The keys of all steps that the saga will come to if nothing turns it back. */
function keysBy(plan: Plan, { lists, choices }: Ways): readonly string[] {
  const left = new Set(
    plan.nodes.flatMap((node, place) => {
      if (node.type !== 'choice' || choices[node.name] !== false) return []
      return plan.nodes.slice(place + 1, place + 1 + node.size).map(({ name }) => name)
    }),
  )
  const countOf = (fork: string): number => {
    const count = lists[fork]
    return typeof count === 'number' ? count : 0
  }
  return stepKeysOf(plan, countOf).filter((key) => !left.has(key))
}

/** A list as the script has it. */
export function listedBy(name: string): (context: { readonly input: unknown }) => readonly Item[] {
  return (context) => {
    const count = readScript(context.input).lists[name]
    if (typeof count !== 'number') throw new Error('There is no list.')
    return Array.from({ length: count }, (_, no) => ({ no }))
  }
}

/** One of a list. */
export interface Item {
  readonly no: number
}

/** A choice as the script has it. */
export function chosenBy(name: string): (context: { readonly input: unknown }) => boolean {
  return (context) => {
    const taken = readScript(context.input).choices[name]
    if (typeof taken !== 'boolean') throw new Error('Nobody knows.')
    return taken
  }
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

interface Temper {
  readonly manners: readonly Manner[]
  readonly budget: number | null
  /** Whether it takes no time at all. */
  readonly isBrisk: boolean
}

function drawAct(draws: Draws, { manners, budget, isBrisk }: Temper): Act {
  const first = draws.pick(manners)
  const heeds = draws.chance(0.5)
  if (budget === null && first === 'throw' && draws.chance(0.05)) {
    return { first, attempts: longFight, later: 'well', workMs: 0, heeds }
  }
  return {
    first,
    attempts: first === 'garbage' ? 1 : draws.between(1, 2),
    later: draws.chance(laterToo(first, budget)) ? sameLater(first) : 'well',
    workMs: isBrisk ? 0 : draws.between(0, draws.pick([0, 20, 120, 250])),
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
export function goesWell(script: Script): boolean {
  if (script.output !== 'well' || !knowsItsWay(script)) return false
  return Object.values(script.actions).every(isWell)
}

/** Whether steps that may turn the saga back are refused at once, and nothing else goes wrong. */
export function isRefused(script: Script, plan: Plan): boolean {
  const actions = Object.entries(script.actions)
  const refusing = actions.filter(([, { first }]) => first === 'reject')
  const others = actions.filter(([, { first }]) => first !== 'reject')
  const acts = [...others.map(([, act]) => act), ...Object.values(script.undos)]
  const isClean = knowsItsWay(script) && acts.every(isWell)
  const mayTurn = refusing.every(([key]) => stepNode(plan, key).role !== 'retriable')
  return isClean && refusing.length > 0 && mayTurn
}

function isWell({ first, later }: Act): boolean {
  return first === 'well' && later === 'well'
}

function knowsItsWay({ lists, choices }: Script): boolean {
  return [...Object.values(lists), ...Object.values(choices)].every((way) => way !== 'throw')
}

/** The script that a saga was started with. */
export function readScript(input: unknown): Script {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Every saga of the simulation is started with a script.
  return input as Script
}

/** A NUL, which no jsonb column takes. */
export const garbage = 'a\u0000b'
