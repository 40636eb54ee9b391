import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBackstep, type Backstep } from '@backstep/engine'
import { Pool } from 'pg'

import { createEngineDatabase } from '../../support/engine-database.ts'
import { redisUrl } from '../../support/server-urls.ts'
import type { TestDatabase } from '../../support/test-database.ts'
import { Ledger } from '../ledger.ts'
import { drive, leaseMs } from './drive.ts'
import { problemsOf, takeoversOf } from './judge.ts'
import type { Strike } from './order.ts'
import type { PortSchema } from './port-schema.ts'
import { createEffects, type Scene, type Shape } from './shapes.ts'
import { VictimProcess, type VictimEnd } from './victim-process.ts'

/** Frozen for so long, a process has lost every claim that it had. */
const frozenMs = leaseMs * 1.5

/** Nothing here takes so long: a process that is still there then will not come to its end by itself. */
const watchdogMs = 90_000

/** What came of a strike. */
export interface Outcome {
  readonly shape: Shape
  readonly strike: Strike
  /** Whether it came to that call at all. */
  readonly struck: boolean
  readonly takeovers: number
  readonly ms: number
  readonly problems: readonly string[]
}

const databaseSchema = 'crash_points'

/** Servers, a ledger outside of them, and a process that nobody strikes: this one. */
export class Arena {
  readonly #schema: PortSchema
  readonly #folder: string
  readonly #ledger: Ledger
  readonly #database: TestDatabase
  readonly #pool: Pool
  readonly #backstep: Backstep
  #scenes = 0

  private constructor(schema: PortSchema, database: TestDatabase) {
    this.#schema = schema
    this.#database = database
    this.#folder = mkdtempSync(join(tmpdir(), 'backstep-crash-points-'))
    this.#ledger = new Ledger(this.#ledgerFile)
    this.#pool = new Pool({ connectionString: database.url, max: 4 })
    this.#backstep = createBackstep({
      databaseUrl: database.url,
      redisUrl: redisUrl(),
      schema: databaseSchema,
    })
  }

  static async open(schema: PortSchema): Promise<Arena> {
    const arena = new Arena(schema, await createEngineDatabase(databaseSchema))
    await arena.#pool.query(createEffects)
    return arena
  }

  async close(): Promise<void> {
    await Promise.all([this.#backstep.close(), this.#pool.end()])
    this.#ledger.close()
    await this.#database.drop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Counts the calls of a process that nobody strikes. */
  async rehearse(shape: Shape): Promise<Rehearsal> {
    const scene = this.#scene(`${shape.name} rehearsal`)
    const calls = await this.#spawn(shape, scene, null).calls()
    return { shape, calls, problems: await problemsOf(this.#evidence, shape, scene) }
  }

  /** Lets a process strike itself, finishes what it leaves, and judges what is there in the end. */
  async strike(shape: Shape, strike: Strike): Promise<Outcome> {
    const startedMs = performance.now()
    const scene = this.#scene(`${shape.name} ${strike.point} ${strike.call} ${strike.signal}`)
    const victim = this.#spawn(shape, scene, strike)
    const watchdog = setTimeout(() => victim.signal('SIGKILL'), watchdogMs)
    const problems: string[] = []
    const struck = await victim.struck()
    const rescue = drive({ engine: this.#backstep.shared.engine, shape, scene }).catch(
      (error: unknown) => problems.push(`The rescue failed: ${String(error)}`),
    )
    if (strike.signal === 'SIGSTOP') {
      await sleep(frozenMs)
      victim.signal('SIGCONT')
    }
    await rescue
    problems.push(...wrongEnd(struck ? strike.signal : null, await victim.ended()))
    clearTimeout(watchdog)
    problems.push(...(await problemsOf(this.#evidence, shape, scene)))
    const takeovers = await takeoversOf(this.#evidence, scene)
    return { shape, strike, struck, takeovers, problems, ms: performance.now() - startedMs }
  }

  /** How many sagas are not at their end, of all that there were. */
  async live(): Promise<number> {
    const { live } = await this.#backstep.shared.engine.queries.readBacklog()
    return live.running + live.compensating + live.stuck
  }

  get #ledgerFile(): string {
    return join(this.#folder, 'ledger.sqlite')
  }

  get #evidence() {
    return { backstep: this.#backstep, ledger: this.#ledger, pool: this.#pool }
  }

  #scene(what: string): Scene {
    this.#scenes += 1
    const id = `${this.#scenes}-${what.replaceAll(/[^A-Za-z0-9]+/g, '-')}`
    return { id, ledger: this.#ledger }
  }

  #spawn({ name }: Shape, { id }: Scene, strike: Strike | null): VictimProcess {
    return new VictimProcess(
      {
        shapeName: name,
        scene: id,
        ledgerFile: this.#ledgerFile,
        databaseSchema,
        schema: this.#schema,
        strike,
      },
      { databaseUrl: this.#database.url, redisUrl: redisUrl() },
    )
  }
}

/** What a process calls that nobody strikes, by point. */
export interface Rehearsal {
  readonly shape: Shape
  readonly calls: ReadonlyMap<string, number>
  readonly problems: readonly string[]
}

/** The killed do not come back; all others go to their end, the frozen as if nothing had been. */
function wrongEnd(struckBy: Strike['signal'] | null, end: VictimEnd): readonly string[] {
  const { code, signal, stderr } = end
  const isRight = struckBy === 'SIGKILL' ? signal === 'SIGKILL' : code === 0
  return isRight ? [] : [`The process ended with ${code ?? signal}: ${stderr}`]
}
