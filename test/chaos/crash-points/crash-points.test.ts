import { availableParallelism } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Arena, type Outcome, type Rehearsal } from './arena.ts'
import { crashMethods, readPortSchema } from './port-schema.ts'
import { shapes } from './shapes.ts'
import { allStrikes, dailyStrikes, pointsOf, type PlannedStrike } from './strikes.ts'
import { tableOf } from './table.ts'

/** All points are struck by `pnpm crash-points`, a few of them by `pnpm test`. */
const all = process.env['BACKSTEP_CRASH_POINTS'] === 'all'

/** Most of the time a strike waits for a lease to run out: there is room for some beside each other. */
const atOnce = availableParallelism() * (all ? 4 : 2)

const schema = readPortSchema()
const methods = crashMethods(schema)
let arena: Arena
let rehearsals: readonly Rehearsal[]

beforeAll(async () => {
  arena = await Arena.open(schema)
  rehearsals = await Promise.all(shapes.map((shape) => arena.rehearse(shape)))
})

afterAll(() => arena.close())

test('every port is in front of the engine, and every answered call of it is a crash point', () => {
  const anywhere = Object.keys(schema).flatMap((port) => crashMethods(schema, port))
  expect(methods).toEqual([...new Set(anywhere)].toSorted())
  expect(pointsOf(methods).length).toBeGreaterThanOrEqual(30)
})

test.for(shapes)('$name comes to every point but those that it names', ({ name, unreached }) => {
  const rehearsal = rehearsals.find(({ shape }) => shape.name === name)
  const missed = pointsOf(methods).filter((point) => !rehearsal?.calls.has(point))
  expect(missed).toEqual(pointsOf(Object.keys(unreached).toSorted()))
  expect(rehearsal?.problems).toEqual([])
})

test('every point is reached by some shape', () => {
  const reached = new Set(rehearsals.flatMap(({ calls }) => [...calls.keys()]))
  expect([...reached].toSorted()).toEqual(pointsOf(methods).toSorted())
})

/** The run says what it does, whether it passes or fails. */
function say(text: string): void {
  process.stdout.write(text)
}

/** Makes all strikes, some at once. A call that did not come this time is tried again at an earlier one. */
async function makeAll(planned: readonly PlannedStrike[]): Promise<readonly Outcome[]> {
  const left = [...planned]
  const outcomes: Outcome[] = []
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { shape, strike } = next
      const outcome = await arena.strike(shape, strike)
      outcomes.push(outcome)
      if (outcomes.length % 50 === 0) say(`crash points: ${outcomes.length} strikes made\n`)
      const call = Math.floor(strike.call / 2)
      if (!outcome.struck && call > 0) left.push({ shape, strike: { ...strike, call } })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return outcomes
}

const nameOf = ({ shape, strike: { point, signal } }: PlannedStrike): string =>
  `${shape.name}, ${signal} at ${point}`

/** What went wrong, each with what it takes to find it again. */
function failuresOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap((outcome) =>
    outcome.problems.map(
      (problem) => `${nameOf(outcome)}, call ${outcome.strike.call}: ${problem}`,
    ),
  )
}

test(
  'a process that is killed or frozen at a crash point leaves nothing undone and nothing twice',
  { timeout: 1_200_000 },
  async () => {
    const startedMs = performance.now()
    const planned = all ? rehearsals.flatMap(allStrikes) : shapes.flatMap(dailyStrikes)
    const outcomes = await makeAll(planned)
    say(tableOf({ methods, rehearsals, outcomes, ms: performance.now() - startedMs }))
    const struck = new Set(outcomes.filter((outcome) => outcome.struck).map(nameOf))
    expect(planned.map(nameOf).filter((name) => !struck.has(name))).toEqual([])
    expect(failuresOf(outcomes)).toEqual([])
    expect(await arena.live()).toBe(0)
    // What was frozen with a claim in its hands lost it: otherwise nothing was proven by that.
    expect(
      outcomes.some(({ strike, takeovers }) => strike.signal === 'SIGSTOP' && takeovers > 0),
    ).toBe(true)
  },
)
