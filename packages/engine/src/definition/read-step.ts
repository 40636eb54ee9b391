import type { StepNode } from '../core/plan.ts'
import type { RetryPolicy } from '../core/retry-policy.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { readBreaker } from './read-breaker.ts'
import { readCompensation, stanceOptions } from './read-compensation.ts'
import { readQueue, readTimeout, type SettledDefaults } from './read-defaults.ts'
import { readFallback } from './read-fallback.ts'
import {
  isCallback,
  isRecord,
  readDuration,
  readFlag,
  readOptions,
  readSchema,
  readTransactional,
  type Options,
} from './read-options.ts'
import { readProbe } from './read-probe.ts'
import { readRetry } from './read-retry.ts'
import type { StepHandlers } from './saga-definition.ts'

/** A step as it was declared: what is stored of it, and what runs. */
export interface DeclaredStep {
  readonly node: StepNode
  readonly handlers: StepHandlers
}

/** What is known of a step before its options are read. */
export interface StepHeading {
  readonly name: string
  readonly role: StepNode['role']
  readonly where: string
  readonly defaults: SettledDefaults
}

/**
 * Reads the options of a step by its role.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function readStep(heading: StepHeading, given: unknown): DeclaredStep {
  switch (heading.role) {
    case 'compensatable':
      return readCompensatable(heading, given)
    case 'pivot':
      return readPivot(heading, given)
    case 'retriable':
      return readRetriable(heading, given)
  }
}

const basicOptions = [
  'action',
  'output',
  'queue',
  'retry',
  'timeout',
  'totalTimeout',
  'transactional',
  'breaker',
] as const
const covers = 'rejectionCoversEarlierAttempts'
const beforeTurn = ['onFailure', 'probe', 'probeOptions'] as const

function readCompensatable(heading: StepHeading, given: unknown): DeclaredStep {
  const options = readKnown(heading, given, ['fallback', ...beforeTurn, ...stanceOptions(given)])
  const basics = readBasics(heading, options, heading.defaults.retry)
  const compensation = readCompensation(options, heading.defaults)
  const probe = readProbe(options, heading.defaults)
  const fallback = readFallback(options)
  const node: StepNode = {
    ...basics,
    ...readOnFailure(options),
    ...probe.plan,
    ...fallback.plan,
    role: 'compensatable',
    compensation: compensation.plan,
    compensateWhenRejected: readFlag(options, 'compensateWhenRejected'),
    rejectionCoversEarlierAttempts: readFlag(options, covers),
    // Only where it is said: the plans of all others, and with them their fingerprints, are what they were without it.
    ...(readFlag(options, 'barrier') ? { barrier: true as const } : {}),
  }
  return declare(node, {
    ...readHandlers(options),
    ...probe.handlers,
    ...fallback.handlers,
    ...compensation.handlers,
  })
}

function readPivot(heading: StepHeading, given: unknown): DeclaredStep {
  refuseOption(
    heading,
    { given, option: 'fallback' },
    'the pivot has a fallback, but two ways of taking a decision may both take effect; remove it, or make this a step',
  )
  refuseCompensation(
    heading,
    given,
    'the pivot has a compensation, but once it succeeded the saga only goes forward; remove it, or make this a step',
  )
  const options = readKnown(heading, given, [...beforeTurn, covers])
  const basics = readBasics(heading, options, heading.defaults.retry)
  const rejectionCoversEarlierAttempts = readFlag(options, covers)
  const probe = readProbe(options, heading.defaults)
  const node: StepNode = {
    ...basics,
    ...readOnFailure(options),
    ...probe.plan,
    role: 'pivot',
    rejectionCoversEarlierAttempts,
  }
  return declare(node, { ...readHandlers(options), ...probe.handlers })
}

function readRetriable(heading: StepHeading, given: unknown): DeclaredStep {
  refuseCompensation(
    heading,
    given,
    'it has a compensation, but after the pivot nothing is undone; remove it, or move the step before the pivot',
  )
  const options = readKnown(heading, given, ['fallback'])
  const basics = readBasics(heading, options, heading.defaults.retriableRetry)
  const fallback = readFallback(options)
  const handlers = { ...readHandlers(options), ...fallback.handlers }
  return declare({ ...basics, ...fallback.plan, role: 'retriable' }, handlers)
}

/** What is known, but stands in the wrong place, gets the reason and not a list of options. */
function refuseCompensation(heading: StepHeading, given: unknown, problem: string): void {
  refuseOption(heading, { given, option: 'compensation' }, problem)
}

function refuseOption(
  { where }: StepHeading,
  { given, option }: { readonly given: unknown; readonly option: string },
  problem: string,
): void {
  if (isRecord(given) && given[option] !== undefined) throw definitionInvalid(where, problem)
}

function readKnown({ where }: StepHeading, given: unknown, more: readonly string[]): Options {
  return readOptions(given, [...basicOptions, ...more], where)
}

/** The plan is silent about what goes without saying: a plan keeps its fingerprint when options are added. */
function readOnFailure({ values, where }: Options): { readonly onFailure?: 'park' } {
  const { onFailure } = values
  if (onFailure === undefined || onFailure === 'compensate') return {}
  if (onFailure === 'park') return { onFailure }
  throw definitionInvalid(
    where,
    `onFailure is ${printValue(onFailure)}; it is "compensate" or "park"`,
  )
}

/** What the plan says of every step. */
type NodeBasics = Pick<
  StepNode,
  | 'type'
  | 'name'
  | 'queue'
  | 'retry'
  | 'timeoutMs'
  | 'totalTimeoutMs'
  | 'outputSchema'
  | 'transactional'
  | 'breaker'
>

function readBasics(
  { name, where, defaults }: StepHeading,
  options: Options,
  fallback: RetryPolicy,
): NodeBasics {
  const schema = readSchema(options, 'output')
  return {
    type: 'step',
    name,
    queue: readQueue(options, defaults.queue),
    retry: readRetry(options.values['retry'], fallback, `${where}, retry`),
    ...readTimes(options, defaults.timeoutMs),
    outputSchema: schema === undefined ? null : (jsonSchemaOf(schema, 'output') ?? true),
    ...readTransactional(options),
    ...readBreaker(options),
  }
}

function readTimes(
  options: Options,
  fallback: number,
): Pick<StepNode, 'timeoutMs' | 'totalTimeoutMs'> {
  const totalTimeoutMs = readDuration(options, 'totalTimeout') ?? null
  const timeoutMs = readTimeout(options, fallback)
  if (totalTimeoutMs === null || timeoutMs <= totalTimeoutMs) return { timeoutMs, totalTimeoutMs }
  if (options.values['timeout'] === undefined) return { timeoutMs: totalTimeoutMs, totalTimeoutMs }
  const { timeout, totalTimeout } = options.values
  throw definitionInvalid(
    options.where,
    `timeout is ${printValue(timeout)}, and totalTimeout, which is for all attempts, is ${printValue(totalTimeout)}; raise the one or lower the other`,
  )
}

function readHandlers(options: Options): StepHandlers {
  const action = options.values['action']
  if (!isCallback(action)) {
    throw definitionInvalid(options.where, `action is ${printValue(action)}; pass a function`)
  }
  const schema = readSchema(options, 'output')
  return {
    action: async (context) => await action(context),
    ...(schema === undefined ? {} : { outputSchema: schema }),
  }
}

function declare(node: StepNode, handlers: StepHandlers): DeclaredStep {
  return { node: Object.freeze(node), handlers: Object.freeze(handlers) }
}
