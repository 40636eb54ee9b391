import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ManualClock } from '../../../packages/engine/src/memory/index.ts'
import type {
  Claim,
  Heartbeat,
  HeartbeatResult,
} from '../../../packages/engine/src/ports/task-store.ts'
import { LeaseKeeper } from '../../../packages/engine/src/runtime/lease-keeper.ts'
import { workerSettings } from '../../../packages/engine/src/runtime/settings.ts'
import { silentLogger } from '../../../packages/engine/src/runtime/silent-logger.ts'
import { onTestFinished } from 'vitest'
import { never } from './gate.ts'

const settings = workerSettings({ lease: '10s', heartbeat: '3s' })

const claim: Claim = {
  sagaId: 'saga',
  branch: 'main',
  queue: 'default',
  claimId: 'claim',
  wake: 0,
  now: 0,
  journal: { type: 'whole', entries: [] },
}

function keeperWith(heartbeat: (beat: Heartbeat) => Promise<readonly HeartbeatResult[]>) {
  const clock = new ManualClock()
  const wakes: number[] = []
  const keeper = new LeaseKeeper({
    tasks: { heartbeat },
    clock,
    logger: silentLogger,
    settings,
    onWake: (_, wake) => void wakes.push(wake),
  })
  keeper.start()
  onTestFinished(() => keeper.stop())
  return { clock, keeper, wakes }
}

const kept = async ({ claims }: Heartbeat): Promise<readonly HeartbeatResult[]> =>
  claims.map(({ claimId }) => ({ claimId, wake: 0 }))

test('a claim is good for its lease less a margin, from before it was sent', () => {
  const { clock, keeper } = keeperWith(kept)
  const held = keeper.hold(claim, clock.monotonicMs())
  expect(held.isCurrent(8_999)).toBe(true)
  expect(held.isCurrent(9_000)).toBe(false)
})

test('heartbeats keep a claim for as long as they are answered', async () => {
  const { clock, keeper } = keeperWith(kept)
  const held = keeper.hold(claim, 0)
  await clock.advance(60_000)
  expect(held.isCurrent(clock.monotonicMs())).toBe(true)
})

test.each([
  ['fails', () => Promise.reject(new Error('away'))],
  ['hangs', () => never],
  ['does not return the claim', async () => []],
])(
  'while the heartbeat %s a claim lives up to its deadline, and no longer',
  async (_, heartbeat) => {
    const { clock, keeper } = keeperWith(heartbeat)
    const held = keeper.hold(claim, 0)
    await clock.advance(8_500)
    expect(held.stop.reason !== null).toBe(false)
    await clock.advance(1_000)
    expect(held.stop.reason).toBe('lease_lost')
  },
)

test('a heartbeat that tells of a wake-up passes it on until it was read', async () => {
  const { clock, keeper, wakes } = keeperWith(async () => [{ claimId: 'claim', wake: 2 }])
  const held = keeper.hold(claim, 0)
  await clock.advance(7_000)
  expect(wakes).toEqual([2, 2])
  held.readUpTo(2)
  await clock.advance(3_000)
  expect(wakes).toEqual([2, 2])
})

test('a claim that was let go is not beaten for', async () => {
  const beats: number[] = []
  const { clock, keeper } = keeperWith(async (beat) => {
    beats.push(beat.claims.length)
    return kept(beat)
  })
  const held = keeper.hold(claim, 0)
  await clock.advance(4_000)
  keeper.drop(held)
  await clock.advance(3_000)
  expect(beats).toEqual([1, 0])
  expect(keeper.held()).toEqual([])
})

test('who was cut off for half a lease takes nothing over until one heartbeat after it is back', async () => {
  const { clock, keeper } = keeperWith(kept)
  expect(keeper.isInTouch()).toBe(true)
  await clock.advance(1_000)
  keeper.missed()
  expect(keeper.isInTouch()).toBe(true)
  await clock.advance(5_000)
  expect(keeper.isInTouch()).toBe(false)
  keeper.reached(clock.monotonicMs())
  expect(keeper.isInTouch()).toBe(false)
  await clock.advance(3_000)
  expect(keeper.isInTouch()).toBe(true)
})

test('a statement that took half a lease to be answered means the same', async () => {
  const { clock, keeper } = keeperWith(kept)
  await clock.advance(6_000)
  keeper.reached(0)
  expect(keeper.isInTouch()).toBe(false)
  await clock.advance(3_000)
  expect(keeper.isInTouch()).toBe(true)
})

test('a heartbeat without claims asks nothing, and so tells nothing about Postgres', async () => {
  const { clock, keeper } = keeperWith(kept)
  keeper.missed()
  await clock.advance(6_000)
  expect(keeper.isInTouch()).toBe(false)
})

test('who has nothing to ask for a long time is in touch', async () => {
  const { clock, keeper } = keeperWith(kept)
  await clock.advance(60_000)
  keeper.reached(clock.monotonicMs())
  expect(keeper.isInTouch()).toBe(true)
})

test('a claim that comes while nothing is held is looked at long before the next heartbeat', async () => {
  const { clock, keeper } = keeperWith(kept)
  await clock.advance(1_000)
  const held = keeper.hold(claim, clock.monotonicMs() - 8_500)
  // Lets it wake up.
  await setImmediate()
  await clock.advance(1_200)
  expect(held.stop.reason).toBe('lease_lost')
})
