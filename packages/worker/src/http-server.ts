import { createServer, type Server } from 'node:http'

import { BackstepError } from '@backstep/engine'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'

/** A server that listens. */
export interface HttpServer {
  /** With the port that it really has. */
  readonly url: string
  /** Ends it at once: a probe that is cut off asks again. */
  close(): Promise<void>
}

/**
 * Listens for requests.
 *
 * @throws BackstepError `CONFIGURATION_INVALID` when the address cannot be had
 */
export async function startHttpServer(
  app: Hono,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const answer = getRequestListener(app.fetch)
  // It answers with an error by itself, and does not reject.
  const server = createServer((request, response) => void answer(request, response))
  try {
    await listen(server, host, port)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BackstepError(
      'CONFIGURATION_INVALID',
      `The HTTP server cannot listen on ${host}:${port} (${why}); set BACKSTEP_HTTP_PORT, 0 for any free port, or BACKSTEP_HTTP_HOST.`,
      { cause: error },
    )
  }
  return { url: urlOf(server), close: () => close(server) }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, () => {
    server.off('error', reject)
    resolve()
  })
  return promise
}

function urlOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return 'http://localhost'
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
