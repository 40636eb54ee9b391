import { spawn } from 'node:child_process'
import { cpSync, chownSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { findPostgres, type PostgresBinaries, type PostgresSource } from './find-postgres.ts'
import type { Guard } from './guard.ts'
import type { ServerPlace, ServerRecipe } from './managed-server.ts'
import { postgresUser, runsAsRoot } from './postgres-user.ts'
import { isReachable, type SystemUser } from './reachable.ts'
import type { ServerProcess } from './server-process.ts'
import { waitUntil } from './wait-until.ts'

const SUPERUSER = 'postgres'

/** How Postgres is prepared, started and known to be ready. */
export const postgresRecipe = (options: {
  readonly source: PostgresSource | undefined
  readonly fsync: boolean
}): ServerRecipe => {
  const user = postgresUser()
  const found = findPostgres(user, options.source)
  let bin = found.bin
  return {
    name: 'Postgres',
    user,
    stopSignal: 'SIGINT',
    discardSignal: 'QUIT',
    prepare: async (folder, guard) => {
      bin = bringIntoReach(found, folder, user)
      await initialize(bin, folder, user, guard)
    },
    command: (place) => ({
      file: join(bin, 'postgres'),
      args: serverArguments(place, options.fsync),
      env: cleanEnvironment(),
      user: runsAsRoot() ? user : undefined,
    }),
    ready: (place, server, timeoutMs) => waitForReady(place.folder, server, timeoutMs),
    url: (port) => `postgres://${SUPERUSER}@127.0.0.1:${port}/postgres`,
  }
}

/** Under a 0700 folder nobody but its owner reaches node_modules: take the binaries to the data. */
const bringIntoReach = (found: PostgresBinaries, folder: string, user: SystemUser): string => {
  if (isReachable(join(found.bin, 'postgres'), user)) return found.bin
  const copy = join(folder, 'native')
  cpSync(found.root, copy, { recursive: true, verbatimSymlinks: true })
  for (const name of ['.', ...readdirSync(copy, { recursive: true, encoding: 'utf8' })]) {
    giveTo(user, join(copy, name))
  }
  return join(copy, 'bin')
}

const giveTo = (user: SystemUser, path: string): void => {
  try {
    chownSync(path, user.uid, user.gid)
  } catch (error) {
    // A link to nothing: the package ships links for tools that it leaves out.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

/** Variables such as PGDATA or PGOPTIONS are meant for the user's own server. */
const cleanEnvironment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))),
  LC_ALL: 'C',
})

const initialize = (bin: string, folder: string, user: SystemUser, guard: Guard): Promise<void> => {
  const child = spawn(join(bin, 'initdb'), initdbArguments(folder), {
    cwd: folder,
    env: cleanEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(runsAsRoot() ? user : {}),
  })
  guard.watch(child.pid ?? 0)
  const output: string[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      guard.watch(0)
      if (code === 0) resolve()
      else reject(new Error(`initdb of ${bin} failed (exit ${code}):\n${output.join('').trim()}`))
    })
  })
}

const initdbArguments = (folder: string): readonly string[] => [
  `--pgdata=${join(folder, 'data')}`,
  `--username=${SUPERUSER}`,
  '--auth=trust',
  '--encoding=UTF8',
  // The same order of text on every machine.
  '--no-locale',
  // The folder is thrown away: it need not survive a power cut while it is being made.
  '--no-sync',
]

const serverArguments = (place: ServerPlace, fsync: boolean): readonly string[] => {
  const settings = {
    port: place.port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: join(place.folder, 'data'),
    max_connections: 200,
    fsync: fsync ? 'on' : 'off',
    // In the folder, so that a killed server leaves nothing in /dev/shm.
    dynamic_shared_memory_type: 'mmap',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', join(place.folder, 'data'), ...options]
}

/** Postgres says so in its own pid file, which is also where `pg_ctl --wait` looks. */
const isReady = (folder: string, pid: number): boolean => {
  try {
    const lines = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')
    // A crash leaves the file of the run before: the first line tells whose it is.
    return lines[0]?.trim() === String(pid) && lines[7]?.trim() === 'ready'
  } catch {
    return false
  }
}

const waitForReady = async (
  folder: string,
  server: ServerProcess,
  timeoutMs: number,
): Promise<boolean> => {
  await waitUntil(() => !server.running || isReady(folder, server.pid), timeoutMs)
  return server.running && isReady(folder, server.pid)
}
