import type { CompensationPlan, UndoPlan } from '../core/plan.ts'
import { defaultCompensationRetry } from '../core/retry-policy.ts'
import { sanitizeText } from '../core/sanitize-text.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { readTimeout, type SettledDefaults } from './read-defaults.ts'
import {
  isCallback,
  isRecord,
  readOptions,
  readTransactional,
  type Options,
} from './read-options.ts'
import { readRetry } from './read-retry.ts'
import type { StepHandlers } from './saga-definition.ts'

/** A step's stance: what the plan says of it, and the handler if there is one. */
export interface DeclaredCompensation {
  readonly plan: CompensationPlan
  readonly handlers: Pick<StepHandlers, 'compensation'>
}

/** Which options there are besides those of every step: it depends on the stance. */
export function stanceOptions(given: unknown): readonly string[] {
  if (isRecord(given) && given['compensation'] === 'none') return ['compensation', 'reason']
  return [
    'compensation',
    'compensationOptions',
    'compensateWhenRejected',
    'rejectionCoversEarlierAttempts',
    'barrier',
  ]
}

/**
 * Reads how a step before the pivot is undone, or why it need not be.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function readCompensation(
  options: Options,
  defaults: SettledDefaults,
): DeclaredCompensation {
  const { values, where } = options
  const { compensation } = values
  if (compensation === 'none') {
    return { plan: { type: 'none', reason: readReason(options) }, handlers: {} }
  }
  if (!isCallback(compensation)) {
    throw definitionInvalid(
      where,
      `compensation is ${printValue(compensation)}; pass a function that undoes the action, or 'none' with a reason`,
    )
  }
  return {
    plan: {
      type: 'handler',
      ...readCompensationOptions(values['compensationOptions'], where, defaults),
    },
    handlers: { compensation: async (context) => await compensation(context) },
  }
}

const maximumReasonBytes = 1_024

function readReason({ values, where }: Options): string {
  const { reason } = values
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw definitionInvalid(
      where,
      `its compensation is 'none' and its reason is ${printValue(reason)}; say why nothing has to be undone, such as 'read-only'`,
    )
  }
  if (sanitizeText(reason, maximumReasonBytes) === reason) return reason
  throw definitionInvalid(
    where,
    `reason is ${printValue(reason)}; it may have ${maximumReasonBytes} bytes, no NUL and no halves of surrogate pairs`,
  )
}

function readCompensationOptions(
  given: unknown,
  where: string,
  defaults: SettledDefaults,
): Omit<UndoPlan, 'type'> {
  if (given === undefined) return { retry: defaultCompensationRetry, timeoutMs: defaults.timeoutMs }
  const options = readOptions(
    given,
    ['retry', 'timeout', 'transactional'],
    `${where}, compensationOptions`,
  )
  const place = `${where}, compensationOptions.retry`
  return {
    retry: readRetry(options.values['retry'], defaultCompensationRetry, place),
    timeoutMs: readTimeout(options, defaults.timeoutMs),
    ...readTransactional(options),
  }
}
