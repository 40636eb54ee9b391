import type { System } from '../catalog/system.ts'
import type { RunRequest } from '../runner/run-request.ts'
import type { PostgresStore } from './postgres-store.ts'
import { RunnerProcess } from './runner-process.ts'

const PREPARE_MS = 60_000

/** Databases with a system's tables in them, made once and copied for each run. */
export class Templates {
  readonly #postgres: PostgresStore | null
  readonly #signal: AbortSignal
  readonly #made = new Map<string, string>()

  constructor(postgres: PostgresStore | null, signal: AbortSignal) {
    this.#postgres = postgres
    this.#signal = signal
  }

  /** The name of the system's template. */
  async of(system: System): Promise<string | undefined> {
    if (this.#postgres === null || !system.stores.includes('postgres')) return undefined
    const known = this.#made.get(system.id)
    if (known !== undefined) return known
    const name = await this.#postgres.create()
    await this.#prepare(system, this.#postgres.urlOf(name))
    this.#made.set(system.id, name)
    return name
  }

  async #prepare(system: System, databaseUrl: string): Promise<void> {
    const request: RunRequest = {
      task: 'prepare',
      scenario: 'w1',
      place: { databaseUrl, redisUrl: null, ingressUrl: null, adminUrl: null },
      inFlight: 1,
      warmUpInFlight: 1,
      warmUpSagas: 0,
      seconds: 0,
      options: system.options,
    }
    const limits = { timeoutMs: PREPARE_MS, signal: this.#signal }
    await new RunnerProcess(system.runner, request, limits).done()
  }
}
