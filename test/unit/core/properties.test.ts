import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SagaState } from '../../../packages/engine/src/core/state.ts'
import { moves, plans } from './moves.ts'
import { World } from './world.ts'

const runs = { numRuns: 500 }
// Well beyond what it takes: a machine may be busy.
const patience = { timeout: 60_000 }

test(
  'no saga breaks an invariant on its way, and each one ends or is stuck once faults end',
  patience,
  () => {
    fc.assert(
      fc.property(plans, moves, (plan, happenings) => {
        const world = new World(plan)

        for (const move of happenings) world.apply(move)
        world.calmDown()

        expect(['completed', 'compensated', 'stuck']).toContain(world.state.status)
      }),
      runs,
    )
  },
)

test('a saga to which nothing bad happens completes', patience, () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const world = new World(plan)

      world.calmDown()

      expect(world.state.status).toBe('completed')
      expect(world.events.map(({ type }) => type)).not.toContain('compensation_began')
    }),
    { numRuns: 200 },
  )
})

test(
  'a saga that is retried for long enough is stuck only with a pivot that its participant had denied',
  patience,
  () => {
    fc.assert(
      fc.property(plans, moves, (plan, happenings) => {
        const world = new World(plan)
        for (const move of happenings) world.apply(move)
        world.calmDown()

        for (let retries = 0; retries < 3; retries += 1) {
          world.apply({ type: 'retry' })
          world.calmDown()
        }

        expect(stuckAt(world.state)).toMatch(/^(not stuck|orphan_effect at pivot)$/)
      }),
      runs,
    )
  },
)

function stuckAt(state: SagaState): string {
  return state.status === 'stuck' ? `${state.stuck.code} at ${state.stuck.step}` : 'not stuck'
}
