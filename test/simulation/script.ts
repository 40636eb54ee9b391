import { probeOf, type Plan, type StepNode } from '../../packages/engine/src/core/plan.ts'
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
 * - `busy`, `fatal`: fails without an effect, with that code.
 * - `ask_later`: the same, and says when to come back.
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
  | 'busy'
  | 'fatal'
  | 'ask_later'

/** How one handler goes: its first attempts in one manner, all others in another. */
export interface Act {
  readonly first: Manner
  readonly attempts: number
  readonly later: 'well' | 'reject' | 'throw' | 'kill' | 'busy'
  readonly workMs: number
  /** Whether it stops when it is told to. */
  readonly heeds: boolean
}

/**
 * What a participant does when it is asked what became of an action: tells, fails, says that it does not know, or never
 * answers.
 */
export type Glimpse = 'tell' | 'throw' | 'unsure' | 'hang'

/** How a probe goes: its first attempts in one manner, all others in another. */
export interface ProbeAct {
  readonly first: Glimpse
  readonly attempts: number
  readonly later: 'tell' | 'unsure'
  readonly workMs: number
}

/** How each step of a saga goes that it will come to, and each undo, by the step's key. */
export interface Script {
  readonly actions: Readonly<Record<string, Act>>
  readonly undos: Readonly<Record<string, Act>>
  readonly probes: Readonly<Record<string, ProbeAct>>
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
  const probes: Record<string, ProbeAct> = {}
  const ways = drawWays(draws, plan, troubled / 8)
  const keys = keysBy(plan, ways)
  const isBrisk = draws.chance(0.25)
  for (const key of keys) {
    const node = stepNode(plan, key)
    const manners = draws.chance(troubled) ? mannersOf(node) : wellOnly
    const budget = node.retry.maximumAttempts
    const isProbed = probeOf(node) !== undefined
    const longestMs = node.timeoutMs / 4
    actions[key] = drawAct(draws, { manners, budget, isBrisk, isProbed, longestMs })
    const undoing = draws.chance(troubled / 2) ? undoManners : wellOnly
    undos[key] = drawAct(draws, {
      manners: undoing,
      budget: 40,
      isBrisk,
      isProbed: false,
      longestMs: 250,
    })
    if (isProbed) probes[key] = drawProbe(draws)
  }
  // One saga in three is refused somewhere, faults or not: the way back is where most rules are.
  const refusable = keys.filter((key) => stepNode(plan, key).role !== 'retriable')
  if (refusable.length > 0 && draws.chance(0.35)) {
    const key = draws.pick(refusable)
    actions[key] = refused(draws, stepNode(plan, key))
  }
  const output = draws.chance(troubled / 8) ? draws.pick(['throw', 'garbage'] as const) : 'well'
  return { actions, undos, probes, output, ...ways }
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
  const coded: readonly Manner[] =
    node.retry.byCode === undefined ? [] : ['busy', 'busy', 'fatal', 'ask_later', 'ask_later']
  const rejecting: readonly Manner[] = node.role === 'retriable' ? ['reject'] : ['reject', 'reject']
  // Where there is a probe, doubts are what counts.
  const doubtful: readonly Manner[] =
    probeOf(node) === undefined ? [] : ['lose_reply', 'lose_reply', 'overrun', 'throw']
  // Whom nobody waits for long may report when others have gone on.
  const late: readonly Manner[] = node.timeoutMs < 500 ? ['overrun', 'overrun', 'overrun'] : []
  return [...always, ...coded, ...rejecting, ...doubtful, ...late]
}

function drawProbe(draws: Draws): ProbeAct {
  return {
    first: draws.pick(['tell', 'tell', 'throw', 'unsure', 'hang'] as const),
    attempts: draws.between(1, 2),
    later: draws.chance(0.25) ? 'unsure' : 'tell',
    workMs: draws.between(0, 60),
  }
}

interface Temper {
  readonly manners: readonly Manner[]
  readonly budget: number | null
  /** Whether it takes no time at all. */
  readonly isBrisk: boolean
  readonly isProbed: boolean
  /** Who is well works no longer: twice this, and the way there and back, is within the time. */
  readonly longestMs: number
}

function drawAct(draws: Draws, { manners, budget, isBrisk, isProbed, longestMs }: Temper): Act {
  const first = draws.pick(manners)
  const heeds = draws.chance(0.5)
  if (budget === null && first === 'throw' && draws.chance(0.05)) {
    return { first, attempts: longFight, later: 'well', workMs: 0, heeds }
  }
  return {
    first,
    attempts: first === 'garbage' ? 1 : draws.between(1, 2),
    later: draws.chance(laterToo(first, budget, isProbed)) ? sameLater(first) : 'well',
    workMs: isBrisk ? 0 : draws.between(0, Math.min(longestMs, draws.pick([0, 20, 120, 250]))),
    heeds,
  }
}

/** How often it never gets better. What is tried without end has to, unless it is found to kill. */
function laterToo(first: Manner, budget: number | null, isProbed: boolean): number {
  if (first === 'kill') return 0.15
  if (budget === null) return 0
  // Attempts that come to an end in doubt are what a probe is for.
  if (isProbed && first !== 'reject') return 0.7
  return first === 'reject' ? 1 : 0.15
}

function sameLater(first: Manner): Act['later'] {
  const lasts = first === 'throw' || first === 'kill' || first === 'reject' || first === 'busy'
  if (lasts) return first
  return first === 'lose_reply' || first === 'overrun' ? 'throw' : 'well'
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

/** What the handler does at this attempt. Some participants have thought better of it by the next round. */
export function mannerAt(
  act: Act,
  { attempt, actionRound }: { readonly attempt: number; readonly actionRound: number },
): Manner {
  if (actionRound > 1 && act.workMs % 2 === 0) return 'well'
  return attempt <= act.attempts ? act.first : act.later
}

/** What the participant does at this attempt to find out. */
export function glimpseAt(act: ProbeAct, attempt: number): Glimpse {
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
  const mayTurn = refusing.every(([key]) => {
    const node = stepNode(plan, key)
    return node.role !== 'retriable' && node.onFailure !== 'park'
  })
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
