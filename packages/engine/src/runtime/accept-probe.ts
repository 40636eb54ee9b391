import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Failure } from '../core/failure.ts'
import type { JsonValue } from '../core/json.ts'
import type { ProbeVerdict, Unworkable } from '../core/observation.ts'
import { printValue } from '../definition/definition-invalid.ts'
import { isRecord } from '../definition/read-options.ts'
import { rejectionFailure } from '../definition/rejection.ts'
import { acceptOutput } from './accept-output.ts'
import { failure } from './to-failure.ts'

/** What a probe said, fit to be stored. `invalid`: it found an effect, and its output cannot be stored. */
export type AcceptedProbe =
  | { readonly status: 'succeeded'; readonly output: JsonValue }
  | { readonly status: 'rejected' | 'unknown' | 'invalid'; readonly failure: Failure }

/**
 * Checks what a probe returned; an output as if the action had returned it. What is no answer says nothing about the action:
 * an error in a probe must not be taken for a verdict.
 */
export async function acceptProbe(
  step: string,
  value: unknown,
  schema: StandardSchemaV1 | undefined,
): Promise<AcceptedProbe> {
  if (isRecord(value)) {
    const { status, message } = value
    if (status === 'succeeded') return acceptSuccess(step, value['output'], schema)
    if (status === 'rejected') return acceptRejection(value)
    const text = typeof message === 'string' ? message : 'The probe cannot tell.'
    if (status === 'unknown') {
      return { status, failure: failure('error', 'still_unknown', text) }
    }
  }
  const text = `The probe of "${step}" returned ${value === undefined ? 'nothing' : printValue(value)}; return tookEffect(…), noEffect(…) or stillUnknown().`
  return { status: 'unknown', failure: failure('error', 'no_answer', text) }
}

async function acceptSuccess(
  step: string,
  output: unknown,
  schema: StandardSchemaV1 | undefined,
): Promise<AcceptedProbe> {
  const accepted = await acceptOutput(step, output, schema)
  return accepted.ok
    ? { status: 'succeeded', output: accepted.value }
    : { status: 'invalid', failure: accepted.failure }
}

function acceptRejection(answer: Readonly<Record<string, unknown>>): AcceptedProbe {
  const { code = 'no_effect', message = 'The probe found no effect.', details } = answer
  return { status: 'rejected', failure: rejectionFailure({ code, message, details }) }
}

/** An attempt at a probe that has returned. */
export interface ReturnedProbe {
  readonly branch: string
  readonly step: string
  readonly attempt: number
  readonly at: number
  /** In [0, 1), for the jitter. */
  readonly random: number
}

/** What follows from an answer is the core's to decide; this says what was seen. */
export function probeSeen(
  { random, ...returned }: ReturnedProbe,
  answer: AcceptedProbe,
): ProbeVerdict | Unworkable {
  switch (answer.status) {
    case 'succeeded':
      return { ...returned, type: 'probe_answered', answer: { ...answer, status: 'succeeded' } }
    case 'rejected':
      return {
        ...returned,
        type: 'probe_answered',
        answer: { status: 'rejected', failure: answer.failure },
      }
    case 'unknown':
      return { ...returned, random, type: 'probe_failed', failure: answer.failure }
    case 'invalid': {
      const { branch, at } = returned
      const code = 'payload_invalid'
      return { type: 'unworkable', code, failure: answer.failure, branch, at, ran: null }
    }
  }
}
