import { connect } from 'node:net'

import type { ServerRecipe } from './managed-server.ts'
import type { RedisBinary } from './redis-binary.ts'
import { waitUntil } from './wait-until.ts'

const PING_TIMEOUT_MS = 1_000
const SETTINGS = Object.entries({
  '--bind': '127.0.0.1',
  '--save': '',
  '--appendonly': 'no',
  // BullMQ's own demand: an evicted key is a lost job.
  '--maxmemory-policy': 'noeviction',
}).flat()

/** How Redis (or Valkey) is started and known to be ready. Nothing is kept on disk. */
export const redisRecipe = (binary: RedisBinary): ServerRecipe => ({
  name: 'Redis',
  user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
  stopSignal: 'SIGTERM',
  discardSignal: 'KILL',
  prepare: async () => {},
  command: ({ folder, port }) => ({
    file: binary.file,
    args: [...SETTINGS, '--port', String(port), '--dir', folder],
    env: { ...process.env, ...binary.env },
    user: undefined,
  }),
  ready: async ({ port }, server, timeoutMs) => {
    await waitUntil(async () => !server.running || (await answersPing(port)), timeoutMs)
    return server.running
  },
  url: (port) => `redis://127.0.0.1:${port}`,
})

const answersPing = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (yes: boolean): void => {
      socket.destroy()
      resolve(yes)
    }
    socket.setTimeout(PING_TIMEOUT_MS, () => answer(false))
    socket.once('error', () => answer(false))
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (data) => answer(data.toString().startsWith('+PONG')))
  })
