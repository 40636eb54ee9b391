import { isBackstepError, type ErrorCode } from '@backstep/engine'

/** What the exit status of the process says. Stable: scripts branch on it. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  misused: 2,
  notFound: 3,
  refused: 4,
  database: 5,
} as const

/** One of the exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

const { unexpected, misused, notFound, refused, database } = exitCodes

const byErrorCode: Readonly<Record<ErrorCode, ExitCode>> = {
  BARRIER_CONTEXT_INVALID: misused,
  BARRIER_EFFECT_MISSING: refused,
  CONFIGURATION_INVALID: misused,
  DATABASE_NOT_MIGRATED: database,
  DATABASE_UNAVAILABLE: database,
  DEFINITION_CHANGED: refused,
  DEFINITION_INVALID: misused,
  DEFINITION_NOT_FOUND: notFound,
  DURATION_INVALID: misused,
  ID_INVALID: misused,
  INPUT_INVALID: misused,
  KEY_CONFLICT: refused,
  MIGRATION_CHANGED: refused,
  OVERLOADED: unexpected,
  PAYLOAD_INVALID: misused,
  QUEUE_UNAVAILABLE: database,
  RESULT_TIMEOUT: unexpected,
  SAGA_NOT_FOUND: notFound,
  SIGNAL_INVALID: misused,
  SIGNAL_UNKNOWN: notFound,
  VERB_REFUSED: refused,
  WORKER_STOPPED: unexpected,
}

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isBackstepError(error)) return byErrorCode[error.code]
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // What Postgres or the driver says: no such user or database, no right to do it, nobody there.
  if (/^(28...|3D000)$/.test(code)) return misused
  if (code === '42501') return refused
  return /^(ECONN\w+|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|08...|57...)$/.test(
    code,
  )
    ? database
    : unexpected
}
