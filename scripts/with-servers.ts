/**
 * Runs a command with DATABASE_URL and REDIS_URL set: `with-servers.ts -- vitest run`.
 * Servers that the environment does not name are started, and end with the command.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

import { resolveServers, type Servers } from '@backstep/servers'

const runCommand = (command: readonly string[], servers: Servers): Promise<number> => {
  const [file = '', ...args] = command
  const child = spawn(file, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl ?? undefined,
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // The servers outlive the command, whoever was asked to stop: wait for it, then end them.
    process.on(signal, () => child.kill('SIGTERM'))
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']),
    )
  })
}

const main = async (): Promise<number> => {
  const separator = process.argv.indexOf('--')
  const command = separator === -1 ? [] : process.argv.slice(separator + 1)
  if (command.length === 0) {
    console.error('Usage: with-servers.ts -- COMMAND [ARGUMENT...]')
    return 2
  }
  // No test crashes the shared Postgres: those that crash one start their own.
  const servers = await resolveServers({ redis: 'required', fsync: false })
  if (servers.started.length > 0) console.log(`Started ${servers.started.join(' and ')}.`)
  try {
    return await runCommand(command, servers)
  } finally {
    await servers.close()
  }
}

process.exitCode = await main()
