import type { Logger } from '@backstep/engine'

const SHOWN = 5

/** A logger that counts what the engine complains of, and shows the first few lines on standard error. */
export class Complaints implements Logger {
  count = 0

  debug(): void {}

  info(): void {}

  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.#note('warning', fields, message)
  }

  error(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.#note('error', fields, message)
  }

  #note(level: string, { err }: Readonly<Record<string, unknown>>, message: string): void {
    this.count += 1
    if (this.count > SHOWN) return
    const cause = err instanceof Error ? `: ${err.message}` : ''
    process.stderr.write(`${level}: ${message}${cause}\n`)
  }
}
