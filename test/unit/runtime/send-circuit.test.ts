import { expect, onTestFinished, test } from 'vitest'
import { ManualClock } from '../../../packages/engine/src/memory/index.ts'
import { Circuit, type CircuitState } from '../../../packages/engine/src/runtime/send-circuit.ts'
import { gate } from './gate.ts'

const away = (): Promise<void> => Promise.reject(new Error('away'))
const well = async (): Promise<void> => {}

/** A circuit on a clock that stands still, and what it has done. */
function circuitWith(probe: () => Promise<void>) {
  const clock = new ManualClock()
  const states: CircuitState[] = []
  let probes = 0
  const counted = (): Promise<void> => {
    probes += 1
    return probe()
  }
  const circuit = new Circuit({
    clock,
    probe: counted,
    onChange: (state) => void states.push(state),
  })
  onTestFinished(() => circuit.end())
  const fail = (): Promise<unknown> => circuit.run(away).catch((error: unknown) => error)
  const beSlow = (ms: number): Promise<void> => circuit.run(() => clock.advance(ms))
  return { clock, circuit, states, fail, beSlow, probes: () => probes }
}

test('a failure is passed on, and a single one changes nothing', async () => {
  const { circuit, fail, clock, probes } = circuitWith(away)
  expect(await fail()).toMatchObject({ message: 'away' })
  await clock.advance(10_000)
  expect(circuit.state).toBe('closed')
  expect(probes()).toBe(0)
})

test('two failures in a row open it', async () => {
  const { circuit, fail } = circuitWith(away)
  await fail()
  await fail()
  expect(circuit.state).toBe('open')
})

test('a success between two failures keeps it closed', async () => {
  const { circuit, fail } = circuitWith(away)
  await fail()
  await circuit.run(well)
  await fail()
  expect(circuit.state).toBe('closed')
})

test.each([
  [1_000, 'closed'],
  [1_001, 'open'],
])('successes that take %i ms leave it %s', async (ms, state) => {
  const { circuit, beSlow } = circuitWith(away)
  await beSlow(ms)
  await beSlow(ms)
  expect(circuit.state).toBe(state)
})

test('while it is open it probes by itself, a second apart, one at a time', async () => {
  const { clock, fail, probes } = circuitWith(away)
  await fail()
  await fail()
  await clock.advance(740)
  expect(probes()).toBe(0)
  await clock.advance(9_260)
  expect(probes()).toBeGreaterThanOrEqual(8)
  expect(probes()).toBeLessThanOrEqual(13)
})

test('while a probe is under way no other one is made', async () => {
  const answer = gate()
  const { circuit, clock, fail, probes } = circuitWith(() => answer.passed)
  await fail()
  await fail()
  await clock.advance(5_000)
  expect(circuit.state).toBe('half_open')
  expect(probes()).toBe(1)
  answer.open()
})

test('a probe that succeeds closes it, and failures are counted anew', async () => {
  let isWell = false
  const { circuit, clock, fail, states, probes } = circuitWith(() => (isWell ? well() : away()))
  await fail()
  await fail()
  await clock.advance(1_250)
  expect(states).toEqual(['open', 'half_open', 'open'])
  isWell = true
  await clock.advance(1_250)
  expect(states.slice(3)).toEqual(['half_open', 'closed'])
  const before = probes()
  await clock.advance(10_000)
  expect(probes()).toBe(before)
  await fail()
  expect(circuit.state).toBe('closed')
})

test('a probe that succeeds too late leaves it open', async () => {
  const { circuit, clock, fail } = circuitWith(() => clock.sleep(1_100))
  await fail()
  await fail()
  await clock.advance(2_400)
  expect(circuit.state).toBe('open')
})

test('once it has ended it probes no more, and leaves no timer', async () => {
  const { circuit, clock, fail, probes } = circuitWith(away)
  await fail()
  await fail()
  circuit.end()
  await clock.advance(10_000)
  expect(probes()).toBe(0)
  expect(clock.sleeping).toBe(0)
})
