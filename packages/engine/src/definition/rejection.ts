import type { Failure } from '../core/failure.ts'
import type { JsonValue } from '../core/json.ts'
import { checkPayload } from '../core/payload.ts'
import { maximumErrorTextBytes, sanitizeText } from '../core/sanitize-text.ts'

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
 * @param details JSON data for the journal; beyond 8 KiB only its beginning is kept, as a text
 */
export function reject(code: string, message: string, details?: JsonValue): Rejection {
  return new Rejection(code, message, details)
}

/** Tells a rejection from any other error, also across two copies of this package in one process. */
export function isRejection(error: unknown): error is Rejection {
  return error instanceof Error && '~backstepRejection' in error
}

/** What a rejection says. */
interface Rejected {
  readonly code: unknown
  readonly message: unknown
  readonly details?: unknown
}

/** A rejection as it is stored. Never throws: a verdict must not get lost over its own details. */
export function rejectionFailure({ code: given, message, details }: Rejected): Failure {
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

/** The journal keeps it for ever, and each reader of the saga's row has it before him: it is bounded as the texts are. */
function storable(details: unknown): JsonValue {
  try {
    const { value, json, bytes } = checkPayload(withCleanTexts(details), 'This detail')
    return bytes <= maximumErrorTextBytes ? value : sanitizeText(json)
  } catch (error) {
    return sanitizeText(String(error))
  }
}

/**
 * A copy of plain data whose texts can be stored. What is no plain data is left as it is, to be refused by name; so is what
 * lies beyond the bounds, because data may contain itself.
 */
function withCleanTexts(value: unknown, walk = { left: 5_000 }, depth = 0): unknown {
  walk.left -= 1
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD').toWellFormed()
  if (typeof value !== 'object' || value === null) return value
  if (walk.left < 0 || depth > 64) return value
  const clean = (item: unknown): unknown => withCleanTexts(item, walk, depth + 1)
  if (Array.isArray(value)) return value.map(clean)
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item)]))
}
