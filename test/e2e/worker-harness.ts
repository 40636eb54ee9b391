import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'

/** One line of a worker's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string }

/** A worker in a process of its own, as it is deployed. */
export class WorkerProcess {
  readonly process: SpawnedProcess

  constructor(
    env: Readonly<Record<string, string | undefined>>,
    sagas: string = 'test/e2e/fixtures/order-sagas.ts',
  ) {
    this.process = new SpawnedProcess({
      args: ['packages/worker/src/main.ts', '--sagas', sagas],
      env: { REDIS_URL: redisUrl(), BACKSTEP_HTTP_PORT: '0', BACKSTEP_SWEEP: '200ms', ...env },
    })
  }

  /** The log so far. */
  get log(): readonly LogLine[] {
    const lines = this.process.stdout.split('\n').slice(0, -1)
    return lines.map((line): LogLine => JSON.parse(line))
  }

  /** Waits for a line with this in its message. */
  said(message: string): Promise<LogLine> {
    return eventually(
      () => {
        const found = this.log.find(({ msg }) => msg.includes(message))
        if (found === undefined) {
          throw new Error(`it said: ${this.process.stdout}${this.process.stderr}`)
        }
        return found
      },
      { timeoutMs: 30_000, what: `"${message}" in the log` },
    )
  }

  /** Asks its HTTP server. */
  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const { url } = await this.said('health and metrics are served')
    const response = await fetch(`${String(url)}${path}`)
    return { status: response.status, text: await response.text() }
  }
}
