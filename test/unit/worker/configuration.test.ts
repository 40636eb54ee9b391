import { expect, it } from 'vitest'

import { readConfiguration } from '../../../packages/worker/src/configuration.ts'
import { readRepositoryFile } from '../../support/repository.ts'

const DATABASE_URL = 'postgres://root@127.0.0.1:5432/test'

/** What the tables of the documentation say: variables and their defaults. */
const documented = (): ReadonlyMap<string, string> => {
  const rows = readRepositoryFile('docs/configuration.md').matchAll(
    /^\| `(BACKSTEP_\w+)` \|[^|]*\| ([^|]*) \|/gm,
  )
  return new Map([...rows].map(([, name = '', fallback = '']) => [name, fallback]))
}

it('has the defaults that are documented', () => {
  const read = readConfiguration({ DATABASE_URL })
  expect(read).toEqual({
    ok: true,
    configuration: {
      databaseUrl: DATABASE_URL,
      schema: 'backstep',
      concurrency: 200,
      transactionConnections: 5,
      lease: '10s',
      heartbeat: '3s',
      sweep: '1s',
      shutdownGrace: '25s',
      abortGrace: '5s',
      httpHost: '127.0.0.1',
      httpPort: 9_464,
      logLevel: 'info',
    },
  })
  const quoted = Object.fromEntries(
    [...documented()].map(([name, fallback]) => [name, /^`([^`]+)`/.exec(fallback)?.[1]]),
  )
  expect(readConfiguration({ DATABASE_URL, ...quoted })).toEqual(read)
  expect(documented().size).toBe(12)
})

it('takes what is set, and an empty variable for one that is not', () => {
  const variables = {
    DATABASE_URL,
    REDIS_URL: 'rediss://there:6380',
    BACKSTEP_QUEUES: 'mail, payments',
    BACKSTEP_LEASE: '1m',
    BACKSTEP_HTTP_PORT: '0',
    BACKSTEP_CONCURRENCY: '',
    BACKSTEP_SCHEMA: '  ',
  }
  expect(readConfiguration(variables)).toMatchObject({
    ok: true,
    configuration: {
      redisUrl: 'rediss://there:6380',
      queues: ['mail', 'payments'],
      lease: '1m',
      httpPort: 0,
      concurrency: 200,
      schema: 'backstep',
    },
  })
})

it.each([
  [{ BACKSTEP_HEARTBEAT: '4s' }, /^BACKSTEP_HEARTBEAT \(4s\) is more than a third/],
  [{ BACKSTEP_LEASE: '5s' }, /^BACKSTEP_HEARTBEAT \(3s\) is more than a third/],
  [{ BACKSTEP_ABORT_GRACE: '25s' }, /^BACKSTEP_ABORT_GRACE \(25s\) is not shorter/],
  [{ BACKSTEP_QUEUES: 'a,,b' }, /^BACKSTEP_QUEUES has an empty name/],
  [{ BACKSTEP_SCHEMA: 'a-b' }, /^BACKSTEP_SCHEMA is "a-b"; use a letter/],
  [{ BACKSTEP_CONCURRENCY: '1.5' }, /^BACKSTEP_CONCURRENCY is "1.5"; set a whole number/],
  [{ DATABASE_URL: 'mysql://u:secret@h/d' }, /^DATABASE_URL is no address of the kind postgres:/],
])('refuses %j in a line that does not repeat secrets', (variables, message) => {
  const read = readConfiguration({ DATABASE_URL, ...variables })
  expect(read).toEqual({ ok: false, problems: [expect.stringMatching(message)] })
  expect(JSON.stringify(read)).not.toContain('secret')
})
