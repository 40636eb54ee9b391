import { afterAll, beforeAll, expect, it } from 'vitest'

import { broken, calls } from './fixtures/operated-sagas.ts'
import { openOperatorScene, type OperatorScene } from './operator-harness.ts'

const code = ['--sagas', 'test/e2e/fixtures/operated-sagas.ts']

let scene: OperatorScene

beforeAll(async () => {
  scene = await openOperatorScene()
})

afterAll(() => scene.close())

const callsOf = (to: string): readonly string[] => calls.filter((call) => call.startsWith(`${to} `))

it('resolves a step with the output that it had, only where it was seen, and only by who is sure', async () => {
  const id = await scene.start('resolved', 'label action')
  await scene.until(id, 'stuck')
  const { state } = await scene.backstep.describe(id)
  const output = ['--output', '{"label":"by hand"}']

  const unsure = await scene.run('resolve', id, ...output)
  expect(unsure.code).toBe(2)
  expect(unsure.stderr).toContain('the step took effect. Add --yes when you are sure of it.')
  const blind = await scene.run('resolve', id, ...output, '--yes', '--if-seq', '1')
  expect(blind.code).toBe(4)
  expect(blind.stderr).toMatch(
    /was at row 1 of its journal, is at row \d+ now, and is stuck\. Legal now: retry, edit, compensate, cancel, pause, abandon, skip, resolve\. Look at/,
  )
  expect((await scene.run('waive', id, '--yes')).code).toBe(4)
  expect((await scene.backstep.describe(id)).state.seq).toBe(state.seq)

  const seen = ['--if-seq', String(state.seq)]
  expect((await scene.run('resolve', id, ...output, '--yes', ...seen)).code).toBe(0)

  await scene.until(id, 'completed')
  const { journal } = await scene.backstep.describe(id)
  expect(journal[state.seq]?.events.slice(0, 2)).toEqual([
    {
      type: 'operator_acted',
      verb: 'resolve',
      actor: 'ada',
      reason: 'a bad day',
      branch: 'main',
      step: 'label',
      before: 'unknown',
      after: 'succeeded',
    },
    expect.objectContaining({ type: 'action_succeeded', via: 'operator', step: 'label' }),
  ])
})

it('refuses an output that the schema of the step refuses, and one that nobody can check', async () => {
  const id = await scene.start('unpaid', 'pay action')
  await scene.until(id, 'stuck')

  const unchecked = await scene.run('resolve', id, '--output', '{"receipt":"r-9"}', '--yes')
  expect(unchecked.code).toBe(2)
  expect(unchecked.stderr).toContain('or with "--sagas MODULE" on the command line')
  const wrong = await scene.run('resolve', id, '--output', '{"receipt":9}', '--yes', ...code)
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('does not satisfy its schema')

  const right = await scene.run('resolve', id, '--output', '{"receipt":"r-9"}', '--yes', ...code)
  expect(right.code).toBe(0)
  await scene.until(id, 'completed')
})

it('never goes back while the pivot is in doubt, and does once an operator has found out', async () => {
  const id = await scene.start('doubted', 'pay action')
  await scene.until(id, 'stuck')

  const refused = await scene.run('compensate', id)
  expect(refused.code).toBe(4)
  expect(refused.stderr).toContain('Whether the pivot "pay" took effect is unknown')
  expect((await scene.run('skip', id)).code).toBe(4)
  expect((await scene.run('resolve', id, '--had-no-effect', '--yes')).code).toBe(0)

  await scene.until(id, 'compensated')
  expect(callsOf('doubted').slice(-2)).toEqual([
    'doubted label compensation 1',
    'doubted pack compensation 1',
  ])
})

it('skips a step behind the pivot, with an output for what comes after', async () => {
  const id = await scene.start('skipped', 'send action')
  await scene.until(id, 'stuck')

  const without = await scene.run('skip', id)
  expect(without.code).toBe(4)
  expect(without.stderr).toContain('give the output that it is to see')
  expect((await scene.run('compensate', id)).code).toBe(4)
  expect((await scene.run('skip', id, '--step', 'tell', '--output', '1')).code).toBe(4)
  expect((await scene.run('skip', id, '--output', '{"truck":0}')).code).toBe(0)

  const { output } = await scene.backstep
    .result(id, { timeout: '20s' })
    .then((result) => ({ output: null, ...result }))
  expect(output).toEqual({ box: 'skipped', truck: 0 })
})

it('edits the input, and undoes what was done before under the input of then', async () => {
  const id = await scene.start('old', 'no address')
  await scene.until(id, 'stuck')
  broken.add('new pay action')

  const blind = await scene.run('edit', id, '--input', '{"to":"new"}', ...code)
  expect(blind.stderr).toBe('')
  await scene.until(id, 'stuck')
  expect((await scene.run('edit', id, '--input', '{"to":7}', ...code)).code).toBe(2)
  const doubtful = await scene.run('edit', id, '--input', '{"to":"newer"}', ...code)
  expect(doubtful.code).toBe(4)
  expect(doubtful.stderr).toContain('may have taken effect under the old input')
  expect((await scene.run('resolve', id, '--had-no-effect', '--yes')).code).toBe(0)

  await scene.until(id, 'compensated')
  expect(callsOf('new')).toEqual([
    'new label action 2',
    'new pay action 2',
    'new label compensation 2',
  ])
  expect(callsOf('old').at(-1)).toBe('old pack compensation 1')
})

it('turns a stuck saga back, because of what stopped it', async () => {
  const id = await scene.start('turned', 'no address')
  await scene.until(id, 'stuck')

  expect((await scene.run('compensate', id)).code).toBe(0)

  await scene.until(id, 'compensated')
  expect(await scene.backstep.get(id)).toMatchObject({ failure: { code: 'no_address' } })
})

it('counts an effect as undone by hand', async () => {
  const id = await scene.start('by hand', 'pay action', 'pack compensation')
  await scene.until(id, 'stuck')
  await scene.run('resolve', id, '--had-no-effect', '--yes')
  await scene.until(id, 'stuck')

  expect((await scene.run('mark-compensated', id)).code).toBe(2)
  expect((await scene.run('mark-compensated', id, '--step', 'label', '--yes')).code).toBe(4)
  expect((await scene.run('mark-compensated', id, '--yes')).code).toBe(0)

  expect(await scene.backstep.get(id)).toMatchObject({ status: 'compensated' })
})

it('never calls a saga compensated of which an effect stands', async () => {
  const id = await scene.start('standing', 'no address', 'pack compensation')
  await scene.until(id, 'stuck')
  await scene.run('compensate', id)
  await scene.until(id, 'stuck')

  const [first, second] = await Promise.all([
    scene.run('waive', id, '--yes', '--json'),
    scene.run('waive', id, '--yes', '--json'),
  ])

  // Whoever was second has changed nothing.
  expect([first.code, second.code].toSorted((a, b) => a - b)).toEqual([0, 4])
  const result = await scene.backstep.result(id)
  expect(result).toMatchObject({ status: 'partially_compensated', failure: { code: 'no_address' } })
  const events = await scene.events(id)
  expect(events.filter((type) => type === 'operator_acted')).toHaveLength(2)
})
