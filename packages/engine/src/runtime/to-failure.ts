import type { Failure, FailureKind } from '../core/failure.ts'
import { sanitizeText } from '../core/sanitize-text.ts'
import { codeOfError } from '../definition/code-of-error.ts'
import { isRejection, rejectionFailure } from '../definition/rejection.ts'
import { retryAfterMsOf } from '../definition/retry-after.ts'
import type { AbortReason } from './stop.ts'

const stableCode = /^[A-Za-z0-9_.-]{1,64}$/

/** A failure with texts that can be stored, whatever was thrown. */
export function failure(kind: FailureKind, code: string, message: string): Failure {
  return {
    kind,
    code: stableCode.test(code) ? code : kind,
    message: sanitizeText(message),
  }
}

/** What a handler threw, in plain data. Never throws itself, whatever the error's getters do. */
export function thrownFailure(error: unknown, reason: AbortReason | null): Failure {
  const rejection = rejected(error)
  if (rejection !== null) return rejection
  const { code, message } = describe(error)
  if (reason === null) return failure('error', code, message)
  const kind = reason === 'timeout' || reason === 'lease_lost' ? reason : 'error'
  return failure(kind, reason, `${message} (told to stop: ${reason})`)
}

/**
 * How long what was thrown asks to wait before the next attempt, if it does. Never throws.
 *
 * @param now in milliseconds since 1970
 */
export function thrownWait(error: unknown, now: number): { readonly retryAfterMs?: number } {
  try {
    const retryAfterMs = retryAfterMsOf(error, now)
    return retryAfterMs === undefined ? {} : { retryAfterMs }
  } catch {
    return {}
  }
}

function rejected(error: unknown): Failure | null {
  try {
    return isRejection(error) ? rejectionFailure(error) : null
  } catch {
    // What cannot be read asserts nothing.
    return null
  }
}

function describe(error: unknown): { readonly code: string; readonly message: string } {
  try {
    if (!(error instanceof Error)) return { code: 'error', message: `Thrown: ${String(error)}` }
    const code = codeOfError(error) ?? 'error'
    // An application may have put anything there, whatever the type says.
    const text: unknown = error.message === '' ? error.name : error.message
    return { code, message: String(text) }
  } catch {
    return { code: 'error', message: 'The handler threw something that cannot be read.' }
  }
}
