import type { Redis } from 'ioredis'

/**
 * Ends a connection for good, and with it the commands that wait on it. One that is between two attempts to connect would
 * be forgotten by ioredis, commands and all: it gets one more attempt, and ends with that.
 */
export const endRedisConnection = (connection: Redis): void => {
  connection.disconnect()
  if (connection.status !== 'reconnecting') return
  void connection.connect().then(
    () => connection.disconnect(),
    () => {},
  )
}
