import { describe, expect, it } from 'vitest'

import type { SagaRun } from '../../../packages/bench/src/runner/bench-system.ts'
import { ClosedLoop } from '../../../packages/bench/src/runner/closed-loop.ts'

/** Sagas that end when the test says so. */
class Sagas {
  readonly inFlight: { readonly n: number; readonly end: () => void }[] = []

  readonly run = (n: number): Promise<SagaRun> =>
    new Promise((resolve) => {
      this.inFlight.push({ n, end: () => resolve({ end: 'completed', engineMs: n }) })
    })

  async endOldest(count = 1): Promise<void> {
    for (const { end } of this.inFlight.splice(0, count)) end()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('a closed loop', () => {
  it('starts a saga for each one that ends', async () => {
    const sagas = new Sagas()
    const loop = new ClosedLoop(sagas.run)
    loop.widenTo(3)
    await sagas.endOldest(2)
    expect(sagas.inFlight.map(({ n }) => n)).toEqual([3, 4, 5])
    expect(loop.ended).toBe(2)
  })

  it('narrows to exactly the number that is wanted, also when many end together', async () => {
    const sagas = new Sagas()
    const loop = new ClosedLoop(sagas.run)
    loop.widenTo(5)
    const narrowed = loop.narrowTo(1)
    await sagas.endOldest(5)
    await narrowed
    expect(sagas.inFlight).toHaveLength(1)
    const drained = loop.narrowTo(0)
    await sagas.endOldest()
    await drained
    expect(sagas.inFlight).toEqual([])
  })

  it('records only what ends while a recording is open', async () => {
    const sagas = new Sagas()
    const loop = new ClosedLoop(sagas.run)
    const recording = { latenciesMs: [], engineLatenciesMs: [] }
    loop.widenTo(1)
    await sagas.endOldest()
    loop.record(recording)
    await sagas.endOldest()
    loop.record(null)
    await sagas.endOldest()
    expect(recording.engineLatenciesMs).toEqual([2])
    expect(recording.latenciesMs).toHaveLength(1)
  })
})

describe('whoever waits for a closed loop', () => {
  it('is told when so many have ended', async () => {
    const sagas = new Sagas()
    const loop = new ClosedLoop(sagas.run)
    loop.widenTo(2)
    const reached = loop.untilEnded(2)
    await sagas.endOldest(2)
    await expect(reached).resolves.toBeUndefined()
  })

  it('is told when the first so many have ended, however many others have', async () => {
    const sagas = new Sagas()
    const loop = new ClosedLoop(sagas.run)
    loop.widenTo(2)
    let warm = false
    const reached = loop.untilFirstEnded(2).then(() => (warm = true))
    const [slow] = sagas.inFlight.splice(0, 1)
    await sagas.endOldest()
    await sagas.endOldest()
    await sagas.endOldest()
    expect(warm).toBe(false)
    slow?.end()
    await reached
    expect(warm).toBe(true)
  })

  it('is told of a saga that fails, now or later', async () => {
    const loop = new ClosedLoop(() => Promise.reject(new Error('no such order')))
    const waiting = loop.untilEnded(1)
    loop.widenTo(2)
    await expect(waiting).rejects.toThrow('no such order')
    await expect(loop.narrowTo(0).then(() => loop.untilEnded(5))).rejects.toThrow('no such order')
  })
})
