import type { ForkNode, StepNode } from '../core/plan.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { readOptions, type Options } from './read-options.ts'
import type { DeclaredStep } from './read-step.ts'

/** How a fork's branches go with each other, as the plan says it. */
export type SettledForkOptions = Pick<ForkNode, 'siblings' | 'compensation'>

/** What is known of a fork before its options are read. */
export interface ForkHeading {
  readonly where: string
  readonly role: 'compensatable' | 'retriable'
  readonly steps: readonly DeclaredStep[]
}

/**
 * Reads the options of a parallel.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function readParallelOptions(heading: ForkHeading, given: unknown): SettledForkOptions {
  return readSiblings(heading, readForkOptions(given, [], heading.where))
}

const defaultConcurrency = 10
const maximumConcurrency = 256

/**
 * Reads the options of a forEach.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function readForEachOptions(
  heading: ForkHeading,
  given: unknown,
): SettledForkOptions & { readonly concurrency: number } {
  const options = readForkOptions(given, ['concurrency'], heading.where)
  return { ...readSiblings(heading, options), concurrency: readConcurrency(options) }
}

function readForkOptions(given: unknown, more: readonly string[], where: string): Options {
  return readOptions(given === undefined ? {} : given, ['siblings', 'compensation', ...more], where)
}

function readSiblings({ where, role, steps }: ForkHeading, options: Options): SettledForkOptions {
  const siblings = readChoice(options, 'siblings', ['drain', 'waitAll', 'failFast'])
  const compensation = readChoice(options, 'compensation', ['parallel', 'serial'])
  if (role === 'retriable') refuseBehindPivot(options)
  const unguarded = steps.find(({ node }) => !standsBehindBarrier(node))
  if (siblings !== 'failFast' || unguarded === undefined) return { siblings, compensation }
  throw definitionInvalid(
    where,
    `siblings is "failFast", so that "${unguarded.node.name}" may be undone while its action still runs; say barrier: true where the participant keeps such an action out, or choose "drain"`,
  )
}

/** Whether undoing a step may overtake its action. */
function standsBehindBarrier(node: StepNode): boolean {
  if (node.role !== 'compensatable' || node.compensation.type === 'none') return true
  return node.barrier === true
}

function refuseBehindPivot({ values, where }: Options): void {
  const said = ['siblings', 'compensation'].find((key) => values[key] !== undefined)
  if (said === undefined) return
  throw definitionInvalid(
    where,
    `${said} is ${printValue(values[said])}, but after the pivot no branch turns the saga back; remove it`,
  )
}

/** One of some words; the first when the option is left out. */
function readChoice<Word extends string>(
  { values, where }: Options,
  key: string,
  words: readonly [Word, ...Word[]],
): Word {
  const value = values[key]
  if (value === undefined) return words[0]
  const word = words.find((each) => each === value)
  if (word !== undefined) return word
  const known = words.map((each) => `"${each}"`).join(', ')
  throw definitionInvalid(where, `${key} is ${printValue(value)}; it is one of ${known}`)
}

function readConcurrency({ values, where }: Options): number {
  const value = values['concurrency']
  if (value === undefined) return defaultConcurrency
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= maximumConcurrency) {
    return Number(value)
  }
  throw definitionInvalid(
    where,
    `concurrency is ${printValue(value)}; it must be a whole number from 1 to ${maximumConcurrency}`,
  )
}
