import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { startPostgres } from '@backstep/servers'
import { Client } from 'pg'
import { describe, expect, it } from 'vitest'

import { repositoryRoot } from '../support/repository.ts'
import { databaseUrl, redisUrl } from '../support/server-urls.ts'

const demo = join(repositoryRoot, 'packages/examples/src/demo.ts')

interface DemoRun {
  readonly exitCode: number
  readonly printed: string
}

async function runDemo(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  interruptAt?: string,
): Promise<DemoRun> {
  const child = spawn(process.execPath, ['--conditions=@backstep/source', demo, ...args], {
    env: { ...process.env, DATABASE_URL: databaseUrl(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let seen = ''
  let interrupted = false
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString()
    if (interruptAt === undefined || interrupted || !seen.includes(interruptAt)) return
    interrupted = true
    child.kill('SIGINT')
  })
  const [printed, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { exitCode, printed }
}

async function databasesOf(serverUrl: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: serverUrl })
  await client.connect()
  try {
    const found = await client.query<{ datname: string }>(
      'select datname from pg_database where not datistemplate',
    )
    return found.rows.map(({ datname }) => datname)
  } finally {
    await client.end()
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const processesIn = (printed: string): readonly number[] =>
  [...printed.matchAll(/process (\d+)/g)].map((match) => Number(match[1]))

// Each run has a database of its own and mostly waits for time-outs and leases: they may as well wait together.
describe.concurrent('the demo', () => {
  it.each([
    ['Redis', () => ({ REDIS_URL: redisUrl() }), 'Running on Postgres and Redis.'],
    [
      'Postgres alone',
      () => ({ REDIS_URL: undefined, BACKSTEP_REDIS: 'none' }),
      'Running on Postgres alone',
    ],
  ])('survives its killed worker, and everything adds up on %s', async (_, env, running) => {
    const { exitCode, printed } = await runDemo(['--orders', '40'], env())
    expect(printed).toContain(running)
    expect(printed).toMatch(
      /Killed the worker \(SIGKILL, process \d+\) with [1-9]\d* sagas in its hands/,
    )
    expect(printed).toMatch(/ {2}[1-9]\d* sagas were taken over from the killed worker\./)
    expect(printed).toContain('40 requests, 40 sagas, all of them ended')
    expect(printed).toContain('2 sagas were stuck with compensation_exhausted at bookCar')
    expect(printed).toContain('Everything adds up.')
    expect(printed).not.toContain('✗')
    expect(exitCode).toBe(0)
    expect(processesIn(printed).filter(isAlive)).toEqual([])
  })

  it('leaves no worker and no database behind when it is interrupted', async () => {
    const postgres = await startPostgres({ fsync: false })
    try {
      const env = { DATABASE_URL: postgres.url, REDIS_URL: redisUrl() }
      const { exitCode, printed } = await runDemo(['--orders', '40'], env, 'running')
      expect(printed).toContain('Interrupted.')
      expect(exitCode).toBe(130)
      expect(processesIn(printed).filter(isAlive)).toEqual([])
      expect(await databasesOf(postgres.url)).toEqual(['postgres'])
    } finally {
      await postgres.close()
    }
  })

  it.each([
    [['--orders', 'many'], '--orders is many; give a whole number from 1.'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %j', async (args, problem) => {
    const { exitCode, printed } = await runDemo(args, {})
    expect(printed).toContain(problem)
    expect(exitCode).toBe(2)
  })
})
