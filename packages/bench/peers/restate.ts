/** Measures a Restate service; settings in restate.json. The harness starts Restate's server. */
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { createServer } from 'node:http2'
import { text } from 'node:stream/consumers'

import * as restate from '@restatedev/restate-sdk'

import { runSystem } from '../src/runner/run-system.ts'
import { rejectionCode, stepNames, stepOutput, type Order } from '../src/workload/order.ts'

const placeOrder = async (ctx: restate.Context, order: Order) => {
  const done: string[] = []
  try {
    for (const step of stepNames) {
      await ctx.run(step, () => {
        if (order.rejected && step === 'ship') throw new restate.TerminalError(rejectionCode)
        return stepOutput(step, order.orderId)
      })
      done.push(step)
    }
    return { end: 'completed' as const, output: stepOutput('ship', order.orderId) }
  } catch (error) {
    if (!(error instanceof restate.TerminalError)) throw error
    for (const step of done.toReversed()) await ctx.run(`undo-${step}`, () => {})
    return { end: 'compensated' as const, output: null }
  }
}

const orders = restate.service({ name: 'orders', handlers: { placeOrder } })

const register = async (adminUrl: string, uri: string): Promise<void> => {
  const response = await fetch(new URL('/deployments', adminUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri }),
  })
  if (!response.ok) throw new Error(`Restate refused the service: ${await response.text()}`)
}

const callOver = (agent: Agent, url: URL) => async (order: Order) => {
  const request = httpRequest(url, {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  })
  request.end(JSON.stringify(order))
  const [response] = await once(request, 'response')
  const body = await text(response)
  if (response.statusCode !== 200)
    throw new Error(`Restate answered ${response.statusCode}: ${body}`)
  return JSON.parse(body)
}

await runSystem({
  open: async ({ place, inFlight }) => {
    const handler = restate.createEndpointHandler({ services: [orders], logger: () => {} })
    const server = createServer(handler).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('No port.')
    await register(place.adminUrl ?? '', `http://127.0.0.1:${address.port}`)
    const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
    return {
      run: callOver(agent, new URL('/orders/placeOrder', place.ingressUrl ?? '')),
      close: async () => {
        agent.destroy()
        server.close()
      },
    }
  },
})
