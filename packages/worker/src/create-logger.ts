import { pino, stdTimeFunctions, type Logger } from 'pino'

import type { LogLevel } from './configuration.ts'

/** A logger that writes JSON lines to stdout, each with its level as a word and its time in ISO 8601. */
export function createLogger(level: LogLevel): Logger {
  return pino({
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: plainError },
  })
}

/** Deep enough for every chain of causes that is of use, and an end for one that is a circle. */
const causesShown = 5

/**
 * What a log line says about an error. Only this: drivers hang rows, parameters and addresses onto theirs, and payloads
 * do not belong in a log.
 */
function plainError(error: unknown, depth: number = 0): unknown {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  return {
    type: name,
    ...('code' in error ? { code: error.code } : {}),
    message,
    stack,
    ...(cause === undefined || depth >= causesShown ? {} : { cause: plainError(cause, depth + 1) }),
  }
}
