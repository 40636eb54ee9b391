import type { Logger } from '../ports/logger.ts'

/** For whoever passes no logger: the library writes nowhere by itself. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
}
