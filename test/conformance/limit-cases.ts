import { expect } from 'vitest'

import type {
  Limits,
  LimitsOverride,
  QueueLimits,
} from '../../packages/engine/src/ports/queue-store.ts'
import { QUEUE, type Scene } from './scene.ts'

const rate = { limit: 5, perMs: 1_000 }
const three: Limits = { maximumConcurrency: 3, rate: null }
const fast: Limits = { maximumConcurrency: null, rate }

/** What `QueueStore` promises about what is said of queues. */
export const limitCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'knows nothing of a queue that nothing was said about': async (scene) => {
    await scene.start()
    expect(await scene.store.readLimits()).toEqual([])
    await scene.store.declareLimits([])
    expect(await scene.store.readLimits()).toEqual([])
  },

  'keeps what code declares, by the names of the queues; the last word holds': async (scene) => {
    await declare(scene, { b: three, a: fast })
    expect(await scene.store.readLimits()).toEqual([byCode('a', fast), byCode('b', three)])
    await declare(scene, { a: three })
    expect(await scene.store.readLimits()).toEqual([byCode('a', three), byCode('b', three)])
    await declare(scene, { a: { maximumConcurrency: null, rate: null } })
    expect(await limitsOf(scene, 'a')).toMatchObject({ maximumConcurrency: null, rate: null })
  },

  'lets an operator set limits of a queue that nobody has declared': async (scene) => {
    const set = await override(scene, { maximumConcurrency: 2 })
    const expected = { queue: QUEUE, maximumConcurrency: 2, rate: null, source: 'operator' }
    expect(set).toEqual({ ...expected, declared: null })
    expect(await scene.store.readLimits()).toEqual([set])
  },

  'changes what an operator names, and leaves the rest': async (scene) => {
    await declare(scene, { [QUEUE]: { maximumConcurrency: 3, rate } })
    expect(await override(scene, { maximumConcurrency: 9 })).toMatchObject({
      maximumConcurrency: 9,
      rate,
    })
    expect(await override(scene, { rate: null })).toMatchObject({
      maximumConcurrency: 9,
      rate: null,
    })
    expect(await override(scene, { maximumConcurrency: null, rate })).toMatchObject(fast)
  },

  'does not let code overwrite an operator, and remembers what it said': async (scene) => {
    await declare(scene, { [QUEUE]: three })
    await override(scene, { maximumConcurrency: 9 })
    await declare(scene, { [QUEUE]: fast })
    const held = { queue: QUEUE, maximumConcurrency: 9, rate: null, source: 'operator' }
    expect(await limitsOf(scene, QUEUE)).toEqual({ ...held, declared: fast })
    expect(await override(scene, 'code')).toEqual(byCode(QUEUE, fast))
    expect(await limitsOf(scene, QUEUE)).toEqual(byCode(QUEUE, fast))
  },

  'has no limit left when an operator goes back to code that said nothing': async (scene) => {
    await override(scene, { maximumConcurrency: 9 })
    const none = { maximumConcurrency: null, rate: null }
    expect(await override(scene, 'code')).toMatchObject(none)
    await declare(scene, { [QUEUE]: three })
    expect(await limitsOf(scene, QUEUE)).toEqual(byCode(QUEUE, three))
  },

  'counts what is held and what waits, in queues with limits or tasks': async (scene) => {
    await declare(scene, { idle: fast, [QUEUE]: three })
    await scene.startAndClaim()
    for (let count = 0; count < 2; count += 1) await scene.start()
    await scene.start({ task: { delayMs: 60_000 } })
    await scene.start({ task: { queue: 'payments' } })
    const none = { maximumConcurrency: null, rate: null }
    expect(await scene.store.readUse()).toEqual([
      { queue: 'idle', ...fast, source: 'code', held: 0, waiting: 0 },
      { queue: QUEUE, ...three, source: 'code', held: 1, waiting: 2 },
      { queue: 'payments', ...none, source: null, held: 0, waiting: 1 },
    ])
  },
}

function byCode(queue: string, limits: Limits): QueueLimits {
  return { queue, ...limits, source: 'code', declared: limits }
}

async function declare(scene: Scene, queues: Readonly<Record<string, Limits>>): Promise<void> {
  const declared = Object.entries(queues).map(([queue, { maximumConcurrency, rate: at }]) => {
    return { queue, maximumConcurrency, rate: at }
  })
  await scene.store.declareLimits(declared)
}

function override(scene: Scene, to: LimitsOverride['to']): Promise<QueueLimits> {
  return scene.store.overrideLimits({ queue: QUEUE, to, actor: 'ada', reason: 'a test' })
}

async function limitsOf(scene: Scene, queue: string): Promise<QueueLimits | undefined> {
  const known = await scene.store.readLimits()
  return known.find((limits) => limits.queue === queue)
}
