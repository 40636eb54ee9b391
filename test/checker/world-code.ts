import type { SagaBook } from './saga-book.ts'
import type { Task, Turn, World } from './world.ts'

const phases = { claimed: 0, running: 1, ghost: 2, doubt: 3 } as const
const claims = { none: 0, live: 1, dead: 2 } as const

/** Two 32-bit halves of the number that a world goes by. */
export interface WorldCode {
  readonly high: number
  readonly low: number
}

/**
 * Equal for worlds that go on alike: the order of the turns counts as little as their names. 64 bits: among ten million
 * worlds, the chance that two that differ have one code is about three in a million.
 */
export function codeOf(book: SagaBook, world: World): WorldCode {
  const mix = new Mixer()
  mix.add(world.head)
  if (!book.rules.readsUpToTask) mix.add(world.previous)
  for (const entry of world.ledger) mix.add(entry)
  for (const count of world.left) mix.add(count)
  mix.add(world.tasks.length)
  for (const task of world.tasks) mix.add(taskCode(task))
  for (const code of turnCodes(world)) {
    mix.add(code.what)
    mix.add(code.view)
  }
  return mix.code()
}

function taskCode({ branch, due, claim, woken, hints, strays }: Task): number {
  const queue = hints * 3 + strays
  return ((branchCode(branch) * 3 + due) * 3 + claims[claim]) * 32 + (woken ? 16 : 0) + queue
}

interface TurnCode {
  readonly what: number
  readonly view: number
}

function turnCodes(world: World): readonly TurnCode[] {
  const codes = world.turns.map((turn) => turnCode(turn))
  if (codes.length < 2) return codes
  return codes.toSorted((a, b) => a.what - b.what || a.view - b.view)
}

function turnCode(turn: Turn): TurnCode {
  const { branch, phase, lost, claimedBack, effect, mute, overdue, work, next, stale } = turn
  const flags =
    Number(lost) +
    Number(claimedBack) * 2 +
    Number(effect) * 4 +
    Number(mute) * 8 +
    Number(stale) * 16 +
    Number(overdue) * 32 +
    phases[phase] * 64
  const what = ((branchCode(branch) * 256 + flags) * 1_024 + (work?.id ?? 0)) * 1_024
  // What was read matters only until it is decided on.
  const view = phase === 'claimed' ? turn.view + 1 : 0
  return { what: what + (phase === 'doubt' ? (next?.id ?? 0) : 0), view }
}

const branchCodes = new Map<string, number>()

function branchCode(branch: string): number {
  const known = branchCodes.get(branch)
  if (known !== undefined) return known
  const code = branchCodes.size
  branchCodes.set(branch, code)
  return code
}

/** Two independent hashes of a row of numbers. */
class Mixer {
  #high = 0x9e3779b9
  #low = 0x85ebca6b

  add(value: number): void {
    const upper = Math.floor(value / 0x1_0000_0000)
    this.#mix(value | 0)
    if (upper > 0) this.#mix(upper)
  }

  #mix(value: number): void {
    this.#high = scrambled(this.#high ^ value, 0xcc9e2d51)
    this.#low = scrambled(this.#low + value + 0x165667b1, 0x27d4eb2f)
  }

  code(): WorldCode {
    return {
      high: scrambled(this.#high, 0x85ebca6b) >>> 0,
      low: scrambled(this.#low, 0xc2b2ae35) >>> 0,
    }
  }
}

function scrambled(value: number, factor: number): number {
  const once = Math.imul(value ^ (value >>> 15), factor)
  const twice = Math.imul(once ^ (once >>> 13), 0x9e3779b1)
  return twice ^ (twice >>> 16)
}
