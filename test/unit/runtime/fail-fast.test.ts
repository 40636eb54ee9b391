import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { anyInput, defineSaga, memoryEngine, typesOf, work } from './memory-engine.ts'

test('nobody waits for a branch beside one that failed, and nothing of it is left behind', async () => {
  const { backstep, store } = memoryEngine()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const { promise: undoing, resolve: beginUndo } = Promise.withResolvers<void>()
  const { promise: looked, resolve: look } = Promise.withResolvers<void>()
  const saga = defineSaga({ name: 'race', version: 1, input: anyInput }).parallel(
    'run',
    (fork) =>
      fork
        .branch('hare', (branch) =>
          branch
            .step('sprint', {
              action: () => 1,
              compensation: async () => {
                beginUndo()
                await looked
              },
              barrier: true,
            })
            .step('nap', {
              action: async () => {
                await begun
                throw reject('asleep', 'It fell asleep.')
              },
              compensation: 'none',
              reason: 'read-only',
            }),
        )
        .branch('tortoise', (branch) =>
          branch.step('walk', {
            action: async () => {
              begin()
              await released
              return 2
            },
            compensation: 'none',
            reason: 'read-only',
          }),
        ),
    { siblings: 'failFast' },
  )
  await work(backstep, [saga])
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  await undoing
  const tasks = await store.listTasks(sagaId)
  expect(tasks.map(({ branch }) => branch)).toEqual(['run/hare'])
  look()
  await expect(result({ timeout: '3s' })).resolves.toMatchObject({ status: 'compensated' })
  expect(await store.listTasks(sagaId)).toEqual([])
  release()
  // It comes late, and is kept.
  await eventually(async () => {
    expect((await typesOf(backstep, sagaId)).at(-1)).toBe('late_result')
  })
})
