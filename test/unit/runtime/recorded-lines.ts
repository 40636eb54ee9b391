import type { LogFields, Logger } from '../../../packages/engine/src/ports/logger.ts'

/** A logger that keeps what is said at each level, but for debug. */
export function recordedLines(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = []
  const at =
    (level: string) =>
    (_: LogFields, message: string): void =>
      void lines.push(`${level}: ${message}`)
  return {
    lines,
    logger: { debug: () => {}, info: at('info'), warn: at('warn'), error: at('error') },
  }
}
