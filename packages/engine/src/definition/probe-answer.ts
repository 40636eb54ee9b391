import type { JsonValue } from '../core/json.ts'

/**
 * What a probe has found out. `succeeded` and `rejected` are about every attempt that was made so far, and settle the step;
 * `unknown` is asked again while the probe's attempts last.
 */
export type ProbeAnswer<Output> =
  | { readonly status: 'succeeded'; readonly output: Output }
  | {
      readonly status: 'rejected'
      /** Short and stable, for programs. Default `no_effect`. */
      readonly code?: string
      readonly message?: string
      readonly details?: JsonValue
    }
  | { readonly status: 'unknown'; readonly message?: string }

/** A probe's answer that the action took effect: `return tookEffect({ chargeId })`, with what the action would have returned. */
export function tookEffect(): ProbeAnswer<undefined>
export function tookEffect<Output>(output: Output): ProbeAnswer<Output>
export function tookEffect<Output>(output?: Output): ProbeAnswer<Output | undefined> {
  return { status: 'succeeded', output }
}

/**
 * A probe's answer that no attempt so far took effect, and none of them will. Only then: that nothing is found may also
 * mean that it is still on its way, and that is `stillUnknown()`.
 */
export function noEffect(
  code: string = 'no_effect',
  message: string = 'The probe found no effect.',
  details?: JsonValue,
): ProbeAnswer<never> {
  const rejection = { status: 'rejected', code, message } as const
  return details === undefined ? rejection : { ...rejection, details }
}

/** A probe's answer that it cannot tell, or not yet. */
export function stillUnknown(
  message: string = 'The probe cannot tell whether the action took effect.',
): ProbeAnswer<never> {
  return { status: 'unknown', message }
}
