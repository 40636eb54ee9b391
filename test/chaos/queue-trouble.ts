import { setTimeout as sleep } from 'node:timers/promises'

import { startPostgres, type PostgresServer } from '@backstep/servers'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { eventually } from '../support/eventually.ts'
import { queueFaults, type QueueFault } from './queue-faults.ts'
import { RelayScene, type Layout, type RelaySceneOptions } from './relay-scene.ts'
import { tasksOfRelay } from './relay-saga.ts'

/** The promise: five seconds after the queue has failed at the latest there is a fifth of the usual throughput. */
const promisedShare = 0.2
const promisedMs = 5_000

const warmUpMs = 1_500
const healthyMs = 4_000
const degradedMs = 5_000

/** Longer than a hint may take to be given up; no start may. */
const longestStartMs = 1_900

/** Hints that are repeated to find out whether the queue works, and those that were sent although their sender gave up. */
const spareHints = 200

/** What came of one kind of trouble. */
interface Outcome {
  readonly usual: number
  readonly degraded: number
  readonly wasConnected: boolean
}

/** What every kind of trouble with the queue has to leave unharmed. All kinds are tried side by side, each with its own Redis. */
export function testQueueTrouble(layout: Layout): void {
  let postgres: PostgresServer
  const outcomes = new Map<string, Promise<Outcome>>()
  beforeAll(async () => {
    postgres = await startPostgres({ fsync: false })
    for (const [name, fault] of Object.entries(queueFaults)) {
      const outcome = tryFault({ databaseUrl: postgres.url, schema: name, layout }, fault())
      // Whoever asks for it hears of its failure.
      outcome.catch(() => {})
      outcomes.set(name, outcome)
    }
  })
  afterAll(async () => {
    await Promise.allSettled(outcomes.values())
    await postgres.close()
  })

  test.each(Object.keys(queueFaults))(
    `${layout}: sagas go on while Redis is in trouble (%s), and by their hints when it is back`,
    async (name) => {
      const outcome = await outcomes.get(name)
      expect(outcome?.degraded).toBeGreaterThan(promisedShare * (outcome?.usual ?? Infinity))
      // Redis that has only lost its data is no trouble any more; between two cuts it may be well for a moment.
      const mayBe = name === 'cut' ? [true, false] : [name === 'flushed']
      expect(mayBe).toContain(outcome?.wasConnected)
    },
  )
}

async function tryFault(options: RelaySceneOptions, fault: QueueFault): Promise<Outcome> {
  const scene = await RelayScene.open(options)
  try {
    await sleep(warmUpMs)
    const usual = await throughputOf(scene, healthyMs)
    const { throughput, isConnected } = await underFault(scene, fault)
    await expectRecovery(scene)
    await scene.drain()
    expectOnce(scene)
    return { usual, degraded: throughput, wasConnected: isConnected }
  } finally {
    await scene.close()
  }
}

async function throughputOf(scene: RelayScene, ms: number): Promise<number> {
  const fromMs = performance.now()
  await sleep(ms)
  return scene.throughput(fromMs, performance.now())
}

/** What is the case from five to ten seconds after Redis has failed; it is well after that. */
async function underFault(
  scene: RelayScene,
  fault: QueueFault,
): Promise<{ readonly throughput: number; readonly isConnected: boolean }> {
  await fault.begin(scene.server)
  try {
    await sleep(promisedMs)
    const throughput = await throughputOf(scene, degradedMs)
    return { throughput, isConnected: scene.isConnected }
  } finally {
    await fault.end(scene.server)
  }
}

async function expectRecovery(scene: RelayScene): Promise<void> {
  const healedAt = performance.now()
  await eventually(() => expect(scene.isConnected).toBe(true), { timeoutMs: promisedMs })
  const before = scene.hintsTaken
  const leftMs = promisedMs - (performance.now() - healedAt)
  await eventually(() => expect(scene.hintsTaken).toBeGreaterThan(before + 2), {
    timeoutMs: Math.max(leftMs, 500),
  })
}

/** Nothing ran twice, no start waited for Redis, and nobody was flooded with hints. */
function expectOnce(scene: RelayScene): void {
  expect([...scene.book].filter(([, runs]) => runs !== 1)).toEqual([])
  expect(scene.book.size).toBe(scene.started * tasksOfRelay)
  expect(scene.longestStartMs).toBeLessThan(longestStartMs)
  expect(scene.hintsTaken).toBeLessThan(scene.started * tasksOfRelay + spareHints)
}
