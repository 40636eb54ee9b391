import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

import { struckLine, type Order } from './order.ts'

const program = fileURLToPath(new URL('./victim.ts', import.meta.url))

const counts = z.record(z.string(), z.number())

/** How a victim ended. */
export interface VictimEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A process that is to strike itself. */
export class VictimProcess {
  readonly #child: ChildProcess
  readonly #struck = Promise.withResolvers<boolean>()
  readonly #ended: Promise<VictimEnd>
  #stdout = ''
  #stderr = ''

  constructor(order: Order, servers: { readonly databaseUrl: string; readonly redisUrl: string }) {
    const { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL } = servers
    const BACKSTEP_CRASH_ORDER = JSON.stringify(order)
    this.#child = spawn(process.execPath, ['--conditions=@backstep/source', program], {
      env: {
        ...process.env,
        NODE_OPTIONS: undefined,
        DATABASE_URL,
        REDIS_URL,
        BACKSTEP_CRASH_ORDER,
        // Most of a short life would go by with the reading of sources.
        NODE_COMPILE_CACHE: join(dirname(order.ledgerFile), 'compiled'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      if (this.#stdout.startsWith(`${struckLine}\n`)) this.#struck.resolve(true)
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
    this.#ended = this.#end()
  }

  /** Resolves once it has struck itself; with false when it came to its end without that. */
  struck(): Promise<boolean> {
    return this.#struck.promise
  }

  /** Lets it go on, or puts an end to it. */
  signal(signal: 'SIGCONT' | 'SIGKILL'): void {
    this.#child.kill(signal)
  }

  /** Waits for its end. */
  ended(): Promise<VictimEnd> {
    return this.#ended
  }

  /** How often it called the ports, by point; only of one that came to its end. */
  async calls(): Promise<ReadonlyMap<string, number>> {
    const { stdout, stderr, code } = await this.#ended
    if (code !== 0) throw new Error(`A process that nobody struck failed:\n${stderr}`)
    return new Map(Object.entries(counts.parse(JSON.parse(stdout))))
  }

  async #end(): Promise<VictimEnd> {
    await once(this.#child, 'close')
    this.#struck.resolve(false)
    const { exitCode: code, signalCode: signal } = this.#child
    return { code, signal, stdout: this.#stdout, stderr: this.#stderr }
  }
}
