import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { gate, type Gate } from './gate.ts'
import { anyInput, defineSaga, memoryEngine, typesOf, work } from './memory-engine.ts'

interface Course {
  readonly released: Promise<void>
  readonly begun: Gate
  readonly undoing: Gate
  readonly looked: Promise<void>
}

/** The hare falls asleep once the tortoise has set out, and nobody waits for the tortoise. */
function race({ released, begun, undoing, looked }: Course) {
  return defineSaga({ name: 'race', version: 1, input: anyInput }).parallel(
    'run',
    (fork) =>
      fork
        .branch('hare', (branch) =>
          branch
            .step('sprint', {
              action: () => 1,
              compensation: async () => {
                undoing.open()
                await looked
              },
              barrier: true,
            })
            .step('nap', {
              action: async () => {
                await begun.passed
                throw reject('asleep', 'It fell asleep.')
              },
              compensation: 'none',
              reason: 'read-only',
            }),
        )
        .branch('tortoise', (branch) =>
          branch.step('walk', {
            action: async () => {
              begun.open()
              await released
              return 2
            },
            compensation: 'none',
            reason: 'read-only',
          }),
        ),
    { siblings: 'failFast' },
  )
}

test('nobody waits for a branch beside one that failed, and nothing of it is left behind', async () => {
  const { backstep, store } = memoryEngine()
  const release = gate()
  const look = gate()
  const undoing = gate()
  const saga = race({ released: release.passed, looked: look.passed, begun: gate(), undoing })
  await work(backstep, [saga])
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  await undoing.passed
  const tasks = await store.listTasks(sagaId)
  expect(tasks.map(({ branch }) => branch)).toEqual(['run/hare'])
  look.open()
  await expect(result({ timeout: '3s' })).resolves.toMatchObject({ status: 'compensated' })
  expect(await store.listTasks(sagaId)).toEqual([])
  release.open()
  // It comes late, and is kept.
  await eventually(async () => {
    expect((await typesOf(backstep, sagaId)).at(-1)).toBe('late_result')
  })
})
