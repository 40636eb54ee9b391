import { expect, it } from 'vitest'
import { Draws } from './draws.ts'
import { withoutRealTime } from './real-time.ts'
import { Timeline } from './timeline.ts'
import { Trace } from './trace.ts'

function makeTimeline(): Timeline {
  return new Timeline(new Draws(1), new Trace(false))
}

/** Goes on as promises do, and with a tick on its way. */
async function severalTurns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  process.nextTick(resolve)
  await promise
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
}

it('lets everything that follows from an event be over before the next', async () => {
  const timeline = makeTimeline()
  const told: string[] = []
  timeline.after(1, null, 'one', () => void severalTurns().then(() => told.push('after one')))
  timeline.after(1_000, null, 'two', () => void told.push('two'))
  await withoutRealTime(async () => {
    await timeline.run(Infinity, () => false)
  })
  expect(told).toEqual(['after one', 'two'])
})

it('lets what is done between two events be over before time goes on', async () => {
  const timeline = makeTimeline()
  const told: string[] = []
  timeline.after(1_000, null, 'later', () => void told.push('later'))
  await withoutRealTime(async () => {
    await timeline.now('now', () => void severalTurns().then(() => told.push('after now')))
    await timeline.run(Infinity, () => false)
  })
  expect(told).toEqual(['after now', 'later'])
})
