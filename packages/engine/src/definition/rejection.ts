import type { Failure } from '../core/failure.ts'
import type { JsonValue } from '../core/json.ts'
import { checkPayload } from '../core/payload.ts'
import { sanitizeText } from '../core/sanitize-text.ts'

/** Longer codes are no codes. */
const maximumCodeBytes = 255

/**
 * The participant's assertion that no effect of this attempt stands: the one error that is a verdict. Everything else that
 * a handler throws leaves the outcome unknown.
 */
export class Rejection extends Error {
  override readonly name = 'Rejection'
  /** Tells it from any other error, whichever copy of this package made it. */
  readonly '~backstepRejection' = true
  /** Short and stable, for programs: `card_declined`. */
  readonly code: string
  /** More about it, for the journal and for operators. */
  readonly details: JsonValue | undefined

  constructor(code: string, message: string, details?: JsonValue) {
    // A verdict, not an accident: where it was thrown is in the journal, and a stack would cost more than all the rest.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.details = details
  }
}

/**
 * Makes the error that an action throws when the participant has refused and nothing was done:
 * `throw reject('card_declined', 'The bank said no.')`. Only then: a time-out or a lost connection is not a rejection.
 *
 * @param code short and stable, for programs
 * @param details JSON data for the journal
 */
export function reject(code: string, message: string, details?: JsonValue): Rejection {
  return new Rejection(code, message, details)
}

/** Tells a rejection from any other error, also across two copies of this package in one process. */
export function isRejection(error: unknown): error is Rejection {
  return error instanceof Error && '~backstepRejection' in error
}

/** A rejection as it is stored. Never throws: a verdict must not get lost over its own details. */
export function rejectionFailure({ code: given, message, details }: Rejection): Failure {
  const code = textOf(given, maximumCodeBytes)
  return {
    kind: 'rejection',
    code: code === '' ? 'rejected' : code,
    message: textOf(message),
    ...(details === undefined ? {} : { details: storable(details) }),
  }
}

/** Callers in JavaScript reject with anything; only texts and numbers say something. */
function textOf(given: unknown, maximumBytes?: number): string {
  const text = typeof given === 'string' || typeof given === 'number' ? String(given) : ''
  return sanitizeText(text, maximumBytes)
}

function storable(details: unknown): JsonValue {
  try {
    return checkPayload(details, 'This detail').value
  } catch (error) {
    return sanitizeText(String(error))
  }
}
