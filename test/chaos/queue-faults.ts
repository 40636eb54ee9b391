import type { RedisServer } from '@backstep/servers'

import { askRedis } from '../support/ask-server.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'

/** Redis, and the wire to it. */
export interface QueueServer {
  readonly redis: RedisServer
  readonly proxy: TcpProxy
}

/** One kind of trouble with Redis: how it begins, and how it ends. */
export interface QueueFault {
  readonly begin: (server: QueueServer) => unknown
  readonly end: (server: QueueServer) => unknown
}

const cutEveryMs = 300

/** Everything that can befall Redis, or the way to it. */
export const queueFaults: Readonly<Record<string, () => QueueFault>> = {
  refuse: () => ({
    begin: ({ proxy }) => {
      proxy.setMode({ kind: 'refuse' })
      proxy.cut()
    },
    end: pass,
  }),
  cut: () => {
    let timer: NodeJS.Timeout
    return {
      begin: ({ proxy }) => {
        timer = setInterval(() => proxy.cut(), cutEveryMs)
      },
      end: () => clearInterval(timer),
    }
  },
  blackhole: () => ({
    begin: ({ proxy }) => proxy.setMode({ kind: 'blackhole' }),
    end: pass,
  }),
  vanish: () => ({ begin: ({ proxy }) => proxy.setMode({ kind: 'vanish' }), end: pass }),
  // Each answer takes 1.5 s.
  delay: () => ({
    begin: ({ proxy }) => proxy.setMode({ kind: 'pass', delayMs: 750 }),
    end: pass,
  }),
  full: () => ({
    begin: ({ redis }) => askRedis(redis.url, 'CONFIG', 'SET', 'maxmemory', '1'),
    end: ({ redis }) => askRedis(redis.url, 'CONFIG', 'SET', 'maxmemory', '0'),
  }),
  killed: () => ({ begin: ({ redis }) => redis.kill(), end: ({ redis }) => redis.restart() }),
  flushed: () => ({ begin: ({ redis }) => askRedis(redis.url, 'FLUSHALL'), end: () => {} }),
}

function pass({ proxy }: QueueServer): void {
  proxy.setMode({ kind: 'pass' })
}
