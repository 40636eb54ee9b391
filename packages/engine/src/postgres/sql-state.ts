import { BackstepError } from '../core/backstep-error.ts'

/** SQLSTATE of an error that Postgres sent; undefined for everything else, a lost connection included. */
export function sqlStateOf(error: unknown): string | undefined {
  // Node's own errors have a code as well (EPIPE even has five letters), but no severity.
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** A serialization failure or a deadlock: Postgres rolled back, and the same statement may succeed now. */
export function isTransient(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === '40001' || state === '40P01'
}

/** One record of a batch may be to blame: a lock not granted in time, bad data, a broken constraint, a limit exceeded. */
export function isOfOneRecord(error: unknown): boolean {
  return /^(55P03|22...|23...|54...)$/.test(sqlStateOf(error) ?? '')
}

/** A lock was not granted in the time that the statement had for it. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '55P03'
}

/** The server does not know the statement by its name, or knows another one: a connection pooler is in between. */
export function isLostStatementName(error: unknown): boolean {
  const state = sqlStateOf(error)
  // 0A000: "cached plan must not change result type", after a migration.
  return state === '26000' || state === '42P05' || state === '0A000'
}

/** Gives an error of the driver or of Postgres one of our codes, where there is one; every other is left as it is. */
export function toBackstepError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof BackstepError) return error
  const state = sqlStateOf(error)
  if (state === undefined) return isOffline(error) ? unavailable(error) : error
  if (/^(08...|53...|57...|58...|40001|40P01|55P03|25006)$/.test(state)) return unavailable(error)
  if (/^(42P01|3F000|42703)$/.test(state)) return notMigrated(error)
  if (/^(22...|54...)$/.test(state)) return notStorable(error)
  return error
}

const offlineCodes: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

// What the driver says without any code.
const offlineMessage =
  /^(Connection terminated|Query read timeout|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed)/

function isOffline(error: Error): boolean {
  return ('code' in error && offlineCodes.has(error.code)) || offlineMessage.test(error.message)
}

function unavailable(cause: Error): BackstepError {
  const message = `Postgres could not do its work: ${cause.message || 'the connection failed'}. Check that it runs and can be reached; repeating is safe.`
  return new BackstepError('DATABASE_UNAVAILABLE', message, { cause })
}

function notMigrated(cause: Error): BackstepError {
  const message = `The schema lacks what this package needs (${cause.message}). Run "backstep migrate" with the same --schema.`
  return new BackstepError('DATABASE_NOT_MIGRATED', message, { cause })
}

function notStorable(cause: Error): BackstepError {
  const message = `Postgres cannot store a value: ${cause.message}. Keep NUL, lone surrogates, and what is very deep or very large out of it.`
  return new BackstepError('PAYLOAD_INVALID', message, { cause })
}
