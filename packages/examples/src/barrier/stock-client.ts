import { reject } from '@backstep/engine'
import { barrierContextOf } from '@backstep/engine/barrier'
import { z } from 'zod'

import type { OrderLine } from './stock-service.ts'

type HandlerContext = Parameters<typeof barrierContextOf>[0]

/** What is sent, whether it is for the first time or again. */
export interface StockRequest {
  readonly url: string
  readonly path: '/reserve' | '/release'
  readonly context: HandlerContext
  readonly line: OrderLine
  readonly signal?: AbortSignal
}

const answer = z.object({
  status: z.enum(['done', 'repeated', 'noop']),
  reason: z.string().optional(),
  output: z.object({ id: z.int() }).optional(),
})

const refusal = z.object({ code: z.string(), message: z.string() })

/** Asks the stock service for something, with what its barrier needs to know of the handler that asks. */
export async function askStock({ url, path, context, line, signal }: StockRequest) {
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    body: JSON.stringify({ barrier: barrierContextOf(context), line }),
    ...(signal === undefined ? {} : { signal }),
  })
  if (response.status === 409) {
    const { code, message } = refusal.parse(await response.json())
    throw reject(code, message)
  }
  if (!response.ok) throw new Error(`The stock service answered ${response.status}.`)
  return answer.parse(await response.json())
}
