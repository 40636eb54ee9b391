/** Where the library reports; the shape of pino, so that a pino logger is one. Fields carry ids, never payloads. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** What a line is about. */
export type LogFields = Readonly<Record<string, unknown>>
