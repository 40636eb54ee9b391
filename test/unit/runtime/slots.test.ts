import { expect, test } from 'vitest'
import { Slots } from '../../../packages/engine/src/runtime/slots.ts'

const { signal: ever } = new AbortController()

/** Whether a promise has settled once everything that can go on has gone on. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const soon = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))
  return Promise.race([promise.then(() => true), soon])
}

test('no more enter than there are slots, and each that leaves lets one in', async () => {
  const slots = new Slots(2)
  await Promise.all([slots.enter(), slots.enter()])
  const third = slots.enter()
  const fourth = slots.enter()
  expect(slots.tryEnter()).toBe(false)
  expect(await isSettled(third)).toBe(false)
  slots.leave()
  expect(await isSettled(third)).toBe(true)
  expect(await isSettled(fourth)).toBe(false)
  slots.leave()
  expect(await isSettled(fourth)).toBe(true)
  expect(slots.active).toBe(2)
})

test('a slot that was given away before a waiter woke is waited for again', async () => {
  const slots = new Slots(1)
  await slots.enter()
  const waiter = slots.enter()
  slots.leave()
  expect(slots.tryEnter()).toBe(true)
  expect(await isSettled(waiter)).toBe(false)
  expect(slots.active).toBe(1)
  slots.leave()
  expect(await isSettled(waiter)).toBe(true)
  expect(slots.active).toBe(1)
})

test('a turn that wants to be alone waits for the others, and keeps new ones out', async () => {
  const slots = new Slots(3)
  await Promise.all([slots.enter(), slots.enter()])
  const alone = slots.isolate(ever)
  const newcomer = slots.enter()
  expect(slots.tryEnter()).toBe(false)
  expect(await isSettled(alone)).toBe(false)
  slots.leave()
  await expect(alone).resolves.toBe(true)
  expect(await isSettled(newcomer)).toBe(false)
  slots.share()
  expect(await isSettled(newcomer)).toBe(true)
})

test('a second turn that wants to be alone is told no at once', async () => {
  const slots = new Slots(3)
  await Promise.all([slots.enter(), slots.enter()])
  const first = slots.isolate(ever)
  await expect(slots.isolate(ever)).resolves.toBe(false)
  slots.leave()
  await expect(first).resolves.toBe(true)
})

test('a turn that gives up waiting to be alone lets others in again', async () => {
  const slots = new Slots(3)
  await Promise.all([slots.enter(), slots.enter()])
  const giveUp = new AbortController()
  const alone = slots.isolate(giveUp.signal)
  const newcomer = slots.enter()
  giveUp.abort()
  await expect(alone).resolves.toBe(false)
  expect(await isSettled(newcomer)).toBe(true)
})

test('a wait for change ends with its signal', async () => {
  const slots = new Slots(1)
  await slots.enter()
  const giveUp = new AbortController()
  const change = slots.change(giveUp.signal)
  expect(await isSettled(change)).toBe(false)
  giveUp.abort()
  expect(await isSettled(change)).toBe(true)
})

test('who waits first in line gets the next slot before all others', async () => {
  const slots = new Slots(1)
  await slots.enter()
  const waiter = slots.enter()
  const first = slots.enterFirst(ever)
  slots.leave()
  await expect(first).resolves.toBe(true)
  expect(slots.tryEnter()).toBe(false)
  expect(await isSettled(waiter)).toBe(false)
  slots.leave()
  expect(await isSettled(waiter)).toBe(true)
  expect(slots.active).toBe(1)
})

test('who gives up its place in front takes no slot', async () => {
  const slots = new Slots(1)
  await slots.enter()
  const giveUp = new AbortController()
  const first = slots.enterFirst(giveUp.signal)
  giveUp.abort()
  await expect(first).resolves.toBe(false)
  slots.leave()
  expect(slots.active).toBe(0)
})
