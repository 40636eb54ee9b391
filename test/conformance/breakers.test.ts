import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CockatielBreakers } from '../../packages/engine/src/cockatiel/index.ts'
import type { BreakerPlan } from '../../packages/engine/src/core/plan.ts'
import { ClockedBreakers, ManualClock } from '../../packages/engine/src/memory/index.ts'
import type {
  Breaker,
  Breakers,
  CircuitState,
  Pass,
} from '../../packages/engine/src/ports/breakers.ts'

const inARow: BreakerPlan = { type: 'consecutive', failures: 3, halfOpenAfterMs: 10_000 }
const byShare: BreakerPlan = {
  type: 'sampling',
  failureRate: 0.5,
  windowMs: 10_000,
  minimumCalls: 4,
  halfOpenAfterMs: 5_000,
}

const implementations: readonly (readonly [string, () => Breakers])[] = [
  ['cockatiel', () => new CockatielBreakers()],
  ['memory', () => new ClockedBreakers()],
]

/** A breaker, and time in the test's hand: both the engine's clock and the system's, which cockatiel reads. */
class Scene {
  readonly clock = new ManualClock()
  readonly changes: CircuitState[] = []
  readonly breaker: Breaker

  constructor(breakers: Breakers, plan: BreakerPlan) {
    const onChange = (state: CircuitState): void => void this.changes.push(state)
    this.breaker = breakers.make({ plan, clock: this.clock, onChange })
  }

  pass(): Pass {
    const pass = this.breaker.enter()
    if (pass === null) throw new Error(`The circuit is ${this.breaker.state}.`)
    return pass
  }

  /** Attempts that end one after the other: `.` succeeds, `x` fails. */
  async attempts(ends: string): Promise<void> {
    for (const end of ends) {
      const pass = this.pass()
      if (end === 'x') pass.failed()
      else pass.succeeded()
      await setImmediate()
    }
  }

  async passTime(ms: number): Promise<void> {
    vi.setSystemTime(Date.now() + ms)
    await this.clock.advance(ms)
  }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

describe.each(implementations)('a circuit by %s', (_name, make) => {
  test('a circuit is closed until so many attempts in a row have failed', async () => {
    const scene = new Scene(make(), inARow)
    await scene.attempts('xx.xx')
    expect(scene.breaker.state).toBe('closed')
    expect(scene.breaker.restMs()).toBe(0)
    await scene.attempts('x')
    expect(scene.breaker.state).toBe('open')
    expect(scene.breaker.enter()).toBeNull()
    expect(scene.changes).toEqual(['open'])
  })

  test('an open circuit says how long it rests', async () => {
    const scene = new Scene(make(), inARow)
    await scene.attempts('xxx')
    expect(scene.breaker.restMs()).toBe(10_000)
    await scene.passTime(9_999)
    expect(scene.breaker.restMs()).toBe(1)
    expect(scene.breaker.enter()).toBeNull()
    await scene.passTime(1)
    expect(scene.breaker.restMs()).toBe(0)
    expect(scene.breaker.state).toBe('open')
  })

  test('half-open lets exactly one attempt through, and its success closes', async () => {
    const scene = new Scene(make(), inARow)
    await scene.attempts('xxx')
    await scene.passTime(10_000)
    const only = scene.pass()
    expect(scene.breaker.state).toBe('half_open')
    expect([scene.breaker.enter(), scene.breaker.enter()]).toEqual([null, null])
    await scene.passTime(60_000)
    expect(scene.breaker.enter()).toBeNull()
    only.succeeded()
    await setImmediate()
    expect(scene.breaker.state).toBe('closed')
    await scene.attempts('xx')
    expect(scene.breaker.state).toBe('closed')
    expect(scene.changes).toEqual(['open', 'half_open', 'closed'])
  })

  test('its failure opens again, for the whole time', async () => {
    const scene = new Scene(make(), inARow)
    await scene.attempts('xxx')
    await scene.passTime(10_000)
    await scene.attempts('x')
    expect(scene.breaker.state).toBe('open')
    expect(scene.breaker.restMs()).toBe(10_000)
    expect(scene.changes).toEqual(['open', 'half_open', 'open'])
  })
})

describe.each(implementations)('an attempt that tells nothing, by %s', (_name, make) => {
  test('one that is not made leaves its place to the next', async () => {
    const scene = new Scene(make(), inARow)
    await scene.attempts('xxx')
    await scene.passTime(10_000)
    scene.pass().released()
    expect(scene.breaker.state).toBe('open')
    expect(scene.breaker.restMs()).toBe(0)
    await scene.attempts('.')
    expect(scene.breaker.state).toBe('closed')
  })

  test('one that is not made counts neither way', async () => {
    const scene = new Scene(make(), inARow)
    await scene.attempts('xx')
    scene.pass().released()
    await scene.attempts('x')
    expect(scene.breaker.state).toBe('open')
  })

  test('what was let through before the circuit changed tells of a time that is over', async () => {
    const scene = new Scene(make(), inARow)
    const [success, failure, another] = [scene.pass(), scene.pass(), scene.pass()]
    await scene.attempts('xxx')
    success.succeeded()
    await scene.passTime(10_000)
    const only = scene.pass()
    failure.failed()
    await setImmediate()
    expect(scene.breaker.state).toBe('half_open')
    another.released()
    expect(scene.breaker.state).toBe('half_open')
    only.succeeded()
    await setImmediate()
    expect(scene.breaker.state).toBe('closed')
  })

  test('an attempt ends once', async () => {
    const scene = new Scene(make(), inARow)
    const pass = scene.pass()
    pass.failed()
    pass.failed()
    pass.failed()
    await setImmediate()
    expect(scene.breaker.state).toBe('closed')
  })
})

describe.each(implementations)(
  'a circuit that goes by the share of failures, by %s',
  (_name, make) => {
    test('it takes enough attempts, and more failures than that', async () => {
      const scene = new Scene(make(), byShare)
      await scene.attempts('xxx')
      expect(scene.breaker.state).toBe('closed')
      await scene.attempts('...x')
      expect(scene.breaker.state).toBe('open')
      await scene.passTime(5_000)
      await scene.attempts('.')
      expect(scene.breaker.state).toBe('closed')
    })

    test('half of them is not more than half', async () => {
      const scene = new Scene(make(), byShare)
      await scene.attempts('..xx')
      expect(scene.breaker.state).toBe('closed')
      await scene.attempts('x')
      expect(scene.breaker.state).toBe('open')
    })

    test('what is older than the window counts no more', async () => {
      const scene = new Scene(make(), byShare)
      await scene.attempts('xxx')
      await scene.passTime(10_000)
      await scene.attempts('xxx')
      expect(scene.breaker.state).toBe('closed')
      await scene.attempts('x')
      expect(scene.breaker.state).toBe('open')
    })
  },
)

test('a wall clock that is set back keeps nothing open for longer than one attempt', async () => {
  const scene = new Scene(new CockatielBreakers(), inARow)
  await scene.attempts('xxx')
  await scene.passTime(10_000)
  vi.setSystemTime(Date.now() - 3_600_000)
  const only = scene.pass()
  only.succeeded()
  await setImmediate()
  expect(scene.breaker.state).toBe('open')
  expect(scene.breaker.restMs()).toBe(0)
  vi.setSystemTime(Date.now() + 3_600_000)
  await scene.attempts('.')
  expect(scene.breaker.state).toBe('closed')
})
