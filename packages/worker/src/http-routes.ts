import { Hono } from 'hono'

import type { ServiceHealth } from './service-health.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

/** What `/livez`, `/readyz` and `/metrics` answer. They only tell; there is nothing here that does anything. */
export function httpRoutes(parts: {
  readonly health: ServiceHealth
  readonly metrics: WorkerMetrics
}): Hono {
  const { health, metrics } = parts
  const app = new Hono()
  app.use(async (context, next) => {
    await next()
    context.header('cache-control', 'no-store')
    context.header('x-content-type-options', 'nosniff')
  })
  app.get('/livez', (context) => {
    const liveness = health.liveness()
    return context.json(liveness, liveness.alive ? 200 : 503)
  })
  app.get('/readyz', async (context) => {
    const readiness = await health.readiness()
    return context.json(readiness, readiness.ready ? 200 : 503)
  })
  app.get('/metrics', async (context) =>
    context.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  )
  return app
}
