import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'

import { isBackstepError, isRejection } from '@backstep/engine'
import { parseBarrierContext } from '@backstep/engine/barrier'
import { z } from 'zod'

import type { StockDatabase } from './stock-database.ts'
import { release, reserve } from './stock-service.ts'

const request = z.object({
  barrier: z.unknown(),
  line: z.object({ sku: z.string(), quantity: z.int().positive() }),
})

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** The stock service behind HTTP: `POST /reserve` and `POST /release`. */
export function createStockServer(db: StockDatabase): Server {
  return createServer((incoming, outgoing) => void respond(db, incoming, outgoing))
}

async function respond(
  db: StockDatabase,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { status, body } = await answer(db, incoming)
  outgoing.writeHead(status, { 'content-type': 'application/json' })
  outgoing.end(JSON.stringify(body))
}

async function answer(db: StockDatabase, incoming: IncomingMessage): Promise<Answer> {
  try {
    const body = request.parse(await json(incoming))
    const context = parseBarrierContext(body.barrier)
    const work =
      incoming.url === '/reserve' ? reserve(db, context, body.line) : release(db, context)
    return { status: 200, body: await work }
  } catch (error) {
    // A refusal is an answer: nothing was done, and nothing will be. Everything else leaves the caller in doubt.
    if (isRejection(error))
      return { status: 409, body: { code: error.code, message: error.message } }
    const status = isBackstepError(error, 'BARRIER_CONTEXT_INVALID') ? 400 : 500
    return { status, body: { message: String(error) } }
  }
}
