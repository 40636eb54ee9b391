import type { Logger, LogFields } from '../../../packages/engine/src/ports/logger.ts'

/** A line that was logged. */
export type RecordedLine = { readonly fields: LogFields; readonly message: string }

/** A logger that keeps its lines. */
export const recordedLogger = (): { readonly lines: RecordedLine[]; readonly logger: Logger } => {
  const lines: RecordedLine[] = []
  const record = (fields: LogFields, message: string): void => {
    lines.push({ fields, message })
  }
  return { lines, logger: { debug: record, info: record, warn: record, error: record } }
}
