import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below the range that systems hand out to outgoing connections: while a server is down between
// two starts, nobody's client socket can take its port by accident.
const FIRST_PORT = 20_000
const LAST_PORT = 32_000
const TRIES = 100

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/** A port of 127.0.0.1 that nobody listened on a moment ago. Another process may still be faster. */
export const findFreePort = async (): Promise<number> => {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT)
    if (await isFree(port)) return port
  }
  throw new Error(`No free port found on 127.0.0.1 between ${FIRST_PORT} and ${LAST_PORT}.`)
}
