import type { ErrorCode } from './error-code.ts'

/**
 * The one error class of the library. `code` is stable and meant for programs, `message` names the thing, the value and
 * the next move, `cause` keeps what was thrown underneath.
 */
export class BackstepError extends Error {
  override readonly name = 'BackstepError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/**
 * Tells a BackstepError from anything else that may be thrown, also across two copies of this package in one process,
 * where `instanceof` fails.
 */
export function isBackstepError(error: unknown, code?: ErrorCode): error is BackstepError {
  if (!(error instanceof Error) || error.name !== 'BackstepError' || !('code' in error))
    return false
  return code === undefined || error.code === code
}
