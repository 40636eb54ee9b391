import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { describe, expect, it } from 'vitest'

import { repositoryRoot } from '../support/repository.ts'

const script = join(repositoryRoot, 'scripts', 'with-servers.ts')
const SAY_URLS = 'console.log(process.env.DATABASE_URL, process.env.REDIS_URL)'
const node = [process.execPath, '--conditions=@backstep/source', script] as const

const environment = (urls: {
  readonly DATABASE_URL?: string
  readonly REDIS_URL?: string
}): NodeJS.ProcessEnv => ({
  ...process.env,
  DATABASE_URL: undefined,
  REDIS_URL: undefined,
  ...urls,
})

const given = environment({ DATABASE_URL: 'postgres://elsewhere/app', REDIS_URL: 'redis://other' })

describe('a command with servers', () => {
  it('gets the addresses of servers that were started for it', () => {
    const { stdout, status } = spawnSync(
      node[0],
      [...node.slice(1), '--', 'node', '-e', SAY_URLS],
      {
        env: environment({}),
        encoding: 'utf8',
      },
    )
    expect(stdout).toMatch(
      /^Started Postgres and Redis\.\npostgres:\/\/\S+:\d+\/postgres redis:\/\/127\.0\.0\.1:\d+\n$/,
    )
    expect(status).toBe(0)
  })

  it('gets the addresses that are set, and starts nothing', () => {
    const { stdout } = spawnSync(node[0], [...node.slice(1), '--', 'node', '-e', SAY_URLS], {
      env: given,
      encoding: 'utf8',
    })
    expect(stdout).toBe('postgres://elsewhere/app redis://other\n')
  })

  it.each([
    ['its exit code', ['--', 'node', '-e', 'process.exit(7)'], 7],
    ['the signal that ended it', ['--', 'node', '-e', 'process.kill(process.pid, "SIGKILL")'], 137],
    ['a complaint when there is no command', [], 2],
  ])('passes on %s', (_what, args, expected) => {
    const { status } = spawnSync(node[0], [...node.slice(1), ...args], { env: given })
    expect(status).toBe(expected)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends before its servers on %s', async (signal) => {
    const command = `process.on('SIGTERM', () => { console.log('last words'); process.exit(3) })
      console.log('ready'); setInterval(() => {}, 1000)`
    const child = spawn(node[0], [...node.slice(1), '--', 'node', '-e', command], {
      env: given,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const output = text(child.stdout)
    await once(child.stdout, 'data')
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([3, null])
    expect(await output).toBe('ready\nlast words\n')
  })
})
