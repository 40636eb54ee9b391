import type { ProbePlan } from '../core/plan.ts'
import { defaultProbeRetry } from '../core/retry-policy.ts'
import { definitionInvalid, printValue } from './definition-invalid.ts'
import { readTimeout, type SettledDefaults } from './read-defaults.ts'
import { isCallback, readOptions, type Options } from './read-options.ts'
import { readRetry } from './read-retry.ts'
import type { StepHandlers } from './saga-definition.ts'

/** A step's probe: what the plan says of it, and the handler; both are empty where there is none. */
export interface DeclaredProbe {
  readonly plan: { readonly probe?: ProbePlan }
  readonly handlers: Pick<StepHandlers, 'probe'>
}

/**
 * Reads how a step finds out what became of its action.
 *
 * @throws BackstepError `DEFINITION_INVALID`
 */
export function readProbe({ values, where }: Options, defaults: SettledDefaults): DeclaredProbe {
  const { probe, probeOptions } = values
  if (probe === undefined) {
    if (probeOptions === undefined) return { plan: {}, handlers: {} }
    throw definitionInvalid(
      where,
      'it has probeOptions and no probe; add the probe, or remove them',
    )
  }
  if (!isCallback(probe)) {
    throw definitionInvalid(where, `probe is ${printValue(probe)}; pass a function`)
  }
  if (values['transactional'] === true) {
    throw definitionInvalid(
      where,
      'it is transactional and has a probe, but an attempt that was not committed has no effect to find out about; remove one of the two',
    )
  }
  const options = readOptions(probeOptions ?? {}, ['retry', 'timeout'], `${where}, probeOptions`)
  const place = `${where}, probeOptions.retry`
  const plan = {
    retry: readRetry(options.values['retry'], defaultProbeRetry, place),
    timeoutMs: readTimeout(options, defaults.timeoutMs),
  }
  return { plan: { probe: plan }, handlers: { probe: async (context) => await probe(context) } }
}
