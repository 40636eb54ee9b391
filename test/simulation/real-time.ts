// The one place that knows the real ones: to take them away, and to let what is under way come to rest.
import nodeCrypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import nodeTimers from 'node:timers'
import nodeTimersPromises from 'node:timers/promises'

const turnOfTheLoop = setImmediate
const nextTick = process.nextTick.bind(process)

/** Resolves after a turn of the event loop: by then Node has told of every error that nobody had caught before it. */
export function loopTurned(): Promise<void> {
  return new Promise((resolve) => void turnOfTheLoop(resolve))
}

/** Whether somebody has asked for a tick that may not have been there yet. */
let isTicking = false

/** So many times everything settles for one turn of the event loop, which costs more than most of what a seed does. */
const settlesPerTurn = 8
let settles = 0

const atOnce = Promise.resolve()

/**
 * Goes on when no promise and no tick is left that could go on by itself. Waits for no time. A tick of our own comes when all
 * promises are at rest, and whoever asks for one by then gets it before us. Only a turn of the event loop finds errors that
 * nobody has caught by then, so now and then it is one.
 */
export function whenSettled(goOn: () => void): void {
  settles += 1
  if (settles % settlesPerTurn === 0) void turnOfTheLoop(() => void atOnce.then(goOn))
  else nextTick(onTick, goOn, takeTicking())
}

/**
 * A tick that is asked for outside of a promise comes before all promises: so everybody here goes on as a promise does, and
 * what other ticks have set going is over after one more.
 */
function onTick(goOn: () => void, wasTicking: boolean): void {
  if (wasTicking || isTicking) void atOnce.then(() => nextTick(onTick, goOn, takeTicking()))
  else void atOnce.then(goOn)
}

function takeTicking(): boolean {
  const was = isTicking
  isTicking = false
  return was
}

/** Resolves when everything has settled. */
export function everythingSettled(): Promise<void> {
  return new Promise(whenSettled)
}

/** Ticks are part of a seed, and are watched: whatever they set going is to settle too. */
const watchedTick: typeof process.nextTick = (callback, ...args) => {
  isTicking = true
  nextTick(callback, ...args)
}

interface Door {
  readonly holder: object
  readonly names: readonly string[]
}

const timers = ['setTimeout', 'setInterval', 'setImmediate']

/** Everything through which real time or real chance could come in. */
const doors: readonly Door[] = [
  { holder: globalThis, names: ['Date', 'fetch', ...timers] },
  { holder: Math, names: ['random'] },
  { holder: performance, names: ['now'] },
  { holder: AbortSignal, names: ['timeout'] },
  { holder: crypto, names: ['randomUUID', 'getRandomValues'] },
  { holder: nodeCrypto, names: ['randomUUID', 'randomBytes', 'randomFillSync', 'randomInt'] },
  { holder: nodeTimers, names: timers },
  { holder: nodeTimersPromises, names: timers },
]

/** Somebody asked for the real time, or for real chance, while a seed ran. */
export class RealTimeRefused extends Error {}

/** What was refused so far: whoever asked may have swallowed the error. */
const refusals: string[] = []

/** What was refused since this was asked the last time. */
export const takeRefused = (): readonly string[] => refusals.splice(0)

/** Runs something in a world that has no time and no chance but the simulated ones. */
export async function withoutRealTime<T>(run: () => Promise<T>): Promise<T> {
  const restore = doors.map(closed)
  process.nextTick = watchedTick
  syncBuiltinESMExports()
  try {
    return await run()
  } finally {
    for (const open of restore) open()
    process.nextTick = nextTick
    syncBuiltinESMExports()
  }
}

function closed({ holder, names }: Door): () => void {
  const former = names.map((name) => ({
    name,
    own: Object.getOwnPropertyDescriptor(holder, name),
  }))
  for (const name of names) {
    const refuse = function refuse(): never {
      refusals.push(name)
      throw new RealTimeRefused(`${name} was used while a seed ran; ask the port for it.`)
    }
    Object.defineProperty(holder, name, { value: refuse, configurable: true, writable: true })
  }
  return () => {
    for (const { name, own } of former) {
      if (own === undefined) Reflect.deleteProperty(holder, name)
      else Object.defineProperty(holder, name, own)
    }
  }
}
