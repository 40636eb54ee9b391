import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const worker = fileURLToPath(new URL('./chaos-worker.ts', import.meta.url))

/** What a fleet of worker processes is started with. */
export interface FleetOptions {
  readonly size: number
  readonly ledgerFile: string
  readonly databaseUrl: string
  readonly redisUrl: string
}

/** Worker processes, to be killed and frozen. */
export class Fleet {
  readonly #options: FleetOptions
  readonly #processes: ChildProcess[] = []
  readonly #frozen = new Set<ChildProcess>()

  constructor(options: FleetOptions) {
    this.#options = options
  }

  /** Starts the whole fleet. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.size }, () => this.#spawn()))
  }

  /** Kills one process that is not frozen, and starts another in its place. */
  async kill(pick: number): Promise<void> {
    const running = this.#processes.filter((process) => !this.#frozen.has(process))
    const victim = running[pick % running.length]
    if (victim === undefined) throw new Error('Every worker is frozen.')
    victim.kill('SIGKILL')
    await once(victim, 'exit')
    this.#processes.splice(this.#processes.indexOf(victim), 1)
    await this.#spawn()
  }

  /** Stops one process for a time, as a long pause of its machine would, and lets it go on as if nothing had happened. */
  async freeze(pick: number, ms: number): Promise<void> {
    const running = this.#processes.filter((process) => !this.#frozen.has(process))
    const victim = running[pick % running.length]
    if (victim === undefined) throw new Error('Every worker is frozen.')
    this.#frozen.add(victim)
    victim.kill('SIGSTOP')
    await sleep(ms)
    victim.kill('SIGCONT')
    this.#frozen.delete(victim)
  }

  /** Ends them all. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#processes.map(async (process) => {
        if (process.exitCode !== null || process.signalCode !== null) return
        process.kill('SIGKILL')
        await once(process, 'exit')
      }),
    )
  }

  async #spawn(): Promise<void> {
    const { ledgerFile, databaseUrl, redisUrl } = this.#options
    const child = fork(worker, [ledgerFile], {
      execArgv: ['--conditions=@backstep/source', '--disable-warning=ExperimentalWarning'],
      env: { ...process.env, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl },
    })
    this.#processes.push(child)
    const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')])
    if (first !== 'ready') throw new Error(`A worker ended before it was ready: ${String(first)}`)
  }
}
