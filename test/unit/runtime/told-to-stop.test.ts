import { expect, test } from 'vitest'
import { Stop, type AbortReason } from '../../../packages/engine/src/runtime/stop.ts'

test('nobody was told at first', () => {
  const stop = new Stop()
  expect(stop.reason).toBeNull()
  expect(stop.signal.aborted).toBe(false)
})

test('the first reason stays', () => {
  const stop = new Stop()
  const heard: AbortReason[] = []
  stop.listen((reason) => void heard.push(reason))
  const { signal } = stop
  stop.tell('canceled')
  stop.tell('shutdown')
  expect(stop.reason).toBe('canceled')
  expect(signal.reason).toBe('canceled')
  expect(heard).toEqual(['canceled'])
})

test('a listener that tells something else itself changes nothing for the others', () => {
  const stop = new Stop()
  const heard: AbortReason[] = []
  stop.listen(() => stop.tell('shutdown'))
  stop.listen((reason) => void heard.push(reason))
  stop.tell('timeout')
  expect(heard).toEqual(['timeout'])
  expect(stop.reason).toBe('timeout')
})

test('who listens late is called at once, and once', () => {
  const stop = new Stop()
  stop.tell('lease_lost')
  const heard: AbortReason[] = []
  const unlisten = stop.listen((reason) => void heard.push(reason))
  expect(heard).toEqual(['lease_lost'])
  unlisten()
  stop.tell('shutdown')
  expect(heard).toEqual(['lease_lost'])
})

test('who listens while it is told is called as well', () => {
  const stop = new Stop()
  const heard: AbortReason[] = []
  stop.listen(() => void stop.listen((reason) => void heard.push(reason)))
  stop.tell('canceled')
  expect(heard).toEqual(['canceled'])
})

test('who listens no more is not called, and the others are', () => {
  const stop = new Stop()
  const heard: string[] = []
  const unlisten = stop.listen(() => void heard.push('first'))
  stop.listen(() => void heard.push('second'))
  unlisten()
  unlisten()
  stop.tell('shutdown')
  expect(heard).toEqual(['second'])
})

test('a signal that is made late is aborted, with the reason', () => {
  const stop = new Stop()
  stop.tell('timeout')
  expect(stop.signal.aborted).toBe(true)
  expect(stop.signal.reason).toBe('timeout')
  expect(() => stop.signal.throwIfAborted()).toThrow('timeout')
})

test('there is one signal, and it is aborted when it is told', () => {
  const stop = new Stop()
  const { signal } = stop
  const events: string[] = []
  signal.addEventListener('abort', ({ type }) => void events.push(type))
  expect(stop.signal).toBe(signal)
  stop.tell('canceled')
  stop.tell('canceled')
  expect(stop.signal).toBe(signal)
  expect(events).toEqual(['abort'])
})

test('the signal is aborted by the time that a listener is called', () => {
  const stop = new Stop()
  const { signal } = stop
  const seen: unknown[] = []
  stop.listen((reason) => void seen.push(reason, stop.reason, signal.aborted, signal.reason))
  stop.tell('lease_lost')
  expect(seen).toEqual(['lease_lost', 'lease_lost', true, 'lease_lost'])
})
