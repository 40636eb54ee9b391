import * as engine from '@backstep/engine'
import { migrateQueue } from '@backstep/engine/bullmq'
import { migrate, type MigrateResult } from '@backstep/engine/postgres'
import { onTestFinished } from 'vitest'

import { unpackEarlier, type EarlierPackage } from '../support/earlier-package.ts'
import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'
import { createTestDatabase } from '../support/test-database.ts'

const PATIENCE_MS = 60_000

/** How a worker process is started. */
type WorkerOptions = {
  /** The package whose engine it runs; its handlers return this. */
  readonly name: 'earlier' | 'present'
  readonly queues: readonly string[]
  /** How many sagas it starts; none unless said otherwise. */
  readonly starts?: number
}

/** A database that an earlier package has migrated, this package's client, and workers of both. Gone with its test. */
export class PackageDeployment {
  readonly backstep: engine.Backstep
  readonly #earlier: EarlierPackage
  readonly #schema: string
  readonly #databaseUrl: string

  private constructor(earlier: EarlierPackage, schema: string, databaseUrl: string) {
    this.#earlier = earlier
    this.#schema = schema
    this.#databaseUrl = databaseUrl
    this.backstep = engine.createBackstep({ databaseUrl, redisUrl: redisUrl(), schema })
  }

  static async open(commit: string, schema: string): Promise<PackageDeployment> {
    const earlier = unpackEarlier(commit)
    const database = await createTestDatabase()
    onTestFinished(database.drop)
    await migrate({ databaseUrl: database.url, schema, folder: earlier.migrations })
    await migrateQueue({ databaseUrl: database.url, schema })
    const deployment = new PackageDeployment(earlier, schema, database.url)
    onTestFinished(() => deployment.backstep.close())
    return deployment
  }

  /** What this package's `backstep migrate` does. */
  migrate(): Promise<MigrateResult> {
    return migrate({ databaseUrl: this.#databaseUrl, schema: this.#schema })
  }

  /** Starts a worker process and waits until it works. */
  async work({ name, queues, starts = 0 }: WorkerOptions): Promise<SpawnedProcess> {
    const entry = name === 'earlier' ? this.#earlier.entry : '@backstep/engine'
    const args = [entry, this.#schema, name, queues.join(','), String(starts)]
    const worker = new SpawnedProcess({
      args: ['test/e2e/fixtures/package-worker.ts', ...args],
      env: { DATABASE_URL: this.#databaseUrl, REDIS_URL: redisUrl() },
    })
    await says(worker, 'ready')
    return worker
  }

  /** Waits until a worker has this saga's second step in its hands. */
  async held(sagaId: string): Promise<void> {
    await eventually(
      async () => {
        const { tasks } = await this.backstep.describe(sagaId)
        const [task] = tasks
        if (task?.queue === 'right' && task.claimed) return
        throw new Error(`its tasks are ${JSON.stringify(tasks)}`)
      },
      { timeoutMs: PATIENCE_MS, what: `a hold of the second step of ${sagaId}` },
    )
  }
}

/** Waits for a line of a worker's. */
export const says = (worker: SpawnedProcess, line: string): Promise<void> =>
  eventually(
    () => {
      if (worker.stdout.split('\n').includes(line)) return
      throw new Error(`it said ${worker.stdout}${worker.stderr}`)
    },
    { timeoutMs: PATIENCE_MS, what: `"${line}" of a worker` },
  )
