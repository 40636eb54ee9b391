import { startWorker, type SagaStatus } from '@backstep/engine'

import { Backstep } from '../../../packages/engine/src/runtime/backstep.ts'
import type { Engine } from '../../../packages/engine/src/runtime/engine.ts'
import type { Scene, Shape } from './shapes.ts'

/** Of the workers at work here, struck or not. */
export const leaseMs = 1_000

const tuning = {
  concurrency: 10,
  lease: `${leaseMs}ms`,
  heartbeat: '250ms',
  sweep: '200ms',
  dispatchGrace: '400ms',
  abortGrace: '500ms',
  shutdownGrace: '10s',
} as const

/** What it takes to bring a saga to its end. */
export interface Driven {
  readonly engine: Engine
  readonly shape: Shape
  readonly scene: Scene
}

/**
 * A day in the life of a process that starts a saga, works on it, is replaced by another version of itself while it does so,
 * asks something of the saga, waits for its end, and looks at it. Whoever does it after somebody who died on the way, and
 * beside somebody who wakes up again, comes to the same end.
 */
export async function drive({ engine, shape, scene }: Driven): Promise<SagaStatus> {
  const queues = { [`${scene.id}-2`]: { maximumConcurrency: 5 } }
  const backstep = new Backstep(engine, async () => {}, queues)
  // Knows no code, and hears of no end from the workers of its process: it has to ask.
  const onlooker = new Backstep(engine, async () => {})
  const saga = shape.saga(scene)
  const before = await startWorker({ backstep, sagas: [saga], ...tuning })
  const { sagaId } = await backstep.start(saga, { input: null, key: scene.id })
  await before.stop()
  const after = await startWorker({ backstep, sagas: [saga], ...tuning })
  try {
    await shape.ask(onlooker, sagaId)
    const { status } = await onlooker.result(sagaId, { timeout: '60s' })
    await lookAround(onlooker, { engine, scene, sagaId })
    return status
  } finally {
    await after.stop()
    await Promise.all([backstep.close(), onlooker.close()])
  }
}

/** What people want to know of a saga and of all of them, and what they set when it is over. */
async function lookAround(
  onlooker: Backstep,
  { engine, scene, sagaId }: Omit<Driven, 'shape'> & { readonly sagaId: string },
): Promise<void> {
  await onlooker.describe(sagaId)
  await onlooker.list({ key: scene.id })
  await onlooker.definitions()
  await engine.queries.readBacklog()
  await onlooker.queues()
  const audit = { actor: 'test', reason: 'The saga is over.' }
  await onlooker.limitQueue(`${scene.id}-2`, { maximumConcurrency: 4 }, audit)
}
