import { expect, test } from 'vitest'
import type { OnBranchObservation } from '../../../packages/engine/src/core/observation.ts'
import { ClockedBreakers, ManualClock } from '../../../packages/engine/src/memory/index.ts'
import { CircuitPass } from '../../../packages/engine/src/runtime/circuit-pass.ts'
import { Circuits } from '../../../packages/engine/src/runtime/circuits.ts'
import { silentLogger } from '../../../packages/engine/src/runtime/silent-logger.ts'
import { failed, fallingBack, succeeded } from '../core/facts.ts'
import { now, stateAfter } from '../core/journals.ts'
import { harmless, planOf, step } from '../core/plans.ts'
import { complete, run, sawError, sawRejection, sawSuccess, undo } from '../core/sights.ts'

const breaker = { type: 'consecutive', failures: 1, halfOpenAfterMs: 5_000 } as const
const plan = planOf(harmless('look'), step('charge', { breaker, fallback: true }))
const atCharge = stateAfter(plan, [succeeded('look')])

/** What a turn that is at the charge can see of its circuit. */
class Scene {
  readonly clock = new ManualClock()
  readonly circuits = new Circuits({
    breakers: new ClockedBreakers(),
    clock: this.clock,
    logger: silentLogger,
  })

  turn(): CircuitPass {
    return new CircuitPass(this.circuits, 'main')
  }

  /** Opens the circuit, and waits until one attempt may try. */
  async rested(): Promise<void> {
    const turn = this.turn()
    turn.openMs(plan, atCharge, now)
    turn.ended(sawError('charge'))
    await this.clock.advance(5_000)
  }
}

function stopped(code: string): OnBranchObservation {
  const seen = sawError('charge')
  return 'failure' in seen ? { ...seen, failure: { ...seen.failure, code } } : seen
}

test.each([
  ['was canceled', stopped('canceled')],
  ['came to its deadline', stopped('deadline')],
  ['was stopped by a shutdown', stopped('shutdown')],
  ['lost its claim', null],
])('half-open, an attempt that %s leaves its place to the next', async (_, seen) => {
  const scene = new Scene()
  await scene.rested()
  const turn = scene.turn()
  expect(turn.openMs(plan, atCharge, now)).toBe(0)
  expect(scene.turn().openMs(plan, atCharge, now)).toBeGreaterThanOrEqual(1_000)
  turn.ended(seen)
  expect(scene.turn().openMs(plan, atCharge, now)).toBe(0)
})

test.each([
  ['a success', sawSuccess('charge')],
  ['a rejection', sawRejection('charge')],
])('half-open, %s closes', async (_, seen) => {
  const scene = new Scene()
  await scene.rested()
  const turn = scene.turn()
  turn.openMs(plan, atCharge, now)
  turn.ended(seen)
  const [one, two] = [scene.turn(), scene.turn()]
  expect([one.openMs(plan, atCharge, now), two.openMs(plan, atCharge, now)]).toEqual([0, 0])
})

test('an error opens it, for as long as it says', async () => {
  const scene = new Scene()
  const turn = scene.turn()
  expect(turn.openMs(plan, atCharge, now)).toBe(0)
  turn.ended(sawError('charge'))
  expect(scene.turn().openMs(plan, atCharge, now)).toBeGreaterThanOrEqual(5_000)
})

test('a turn that decides again keeps its pass, until something else is to be done', async () => {
  const scene = new Scene()
  await scene.rested()
  const turn = scene.turn()
  expect([turn.openMs(plan, atCharge, now), turn.openMs(plan, atCharge, now)]).toEqual([0, 0])
  turn.settle(run('charge'))
  expect(scene.turn().openMs(plan, atCharge, now)).toBeGreaterThan(0)
  turn.settle(undo('look'))
  const other = scene.turn()
  expect(other.openMs(plan, atCharge, now)).toBe(0)
  other.settle(run('charge', 1, { via: 'fallback' }))
  const third = scene.turn()
  expect(third.openMs(plan, atCharge, now)).toBe(0)
  third.settle(null)
  expect(scene.turn().openMs(plan, atCharge, now)).toBe(0)
})

test('who is not to try its action now takes no pass, and is not kept back', async () => {
  const scene = new Scene()
  await scene.rested()
  const fallingBackState = stateAfter(plan, [succeeded('look'), fallingBack('charge')])
  const waiting = stateAfter(plan, [succeeded('look'), failed('charge', 1, 60_000)])
  for (const state of [stateAfter(plan, []), fallingBackState]) {
    expect(scene.turn().openMs(plan, state, now)).toBe(0)
  }
  expect(scene.turn().openMs(plan, waiting, waiting.startedAt)).toBe(0)
  // Nobody has taken the place of the one that tries.
  const turn = scene.turn()
  expect(turn.openMs(plan, atCharge, now)).toBe(0)
  const late = scene.turn()
  late.openMs(plan, atCharge, now)
  expect(late.keepsBack(run('charge'))).toBe(true)
  expect(late.keepsBack(run('charge', 1, { via: 'fallback' }))).toBe(false)
  expect(late.keepsBack(complete)).toBe(false)
})
