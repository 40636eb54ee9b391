import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { eventually } from '../support/eventually.ts'
import { ask, normalized } from './cli-harness.ts'
import { calls, gates } from './fixtures/operated-sagas.ts'
import { openOperatorScene, type OperatorScene } from './operator-harness.ts'

let scene: OperatorScene

beforeAll(async () => {
  scene = await openOperatorScene()
})

afterAll(() => scene.close())

/** Keeps a step at work until it is let go. */
const gate = (name: string): PromiseWithResolvers<void> => {
  const made = Promise.withResolvers<void>()
  gates.set(name, made)
  return made
}

const run = (...args: readonly string[]) => ask(scene.databaseUrl, args)

const callsOf = (to: string): number => calls.filter((call) => call.startsWith(`${to} `)).length

it('abandons a saga that a worker is at; what that reports is late', async () => {
  const packing = gate('given up pack')
  const id = await scene.start('given up')
  await eventually(async () => expect(callsOf('given up')).toBe(1))

  expect((await scene.run('abandon', id)).code).toBe(2)
  expect((await scene.run('abandon', id, '--yes')).code).toBe(0)

  expect(await scene.backstep.result(id)).toMatchObject({ status: 'abandoned', failure: null })
  expect((await scene.backstep.describe(id)).tasks).toEqual([])
  packing.resolve()
  await eventually(async () => {
    expect(await scene.events(id)).toEqual(['saga_started', 'operator_acted', 'late_result'])
  })
  const again = await scene.run('abandon', id, '--yes')
  expect(again.code).toBe(4)
  expect(again.stderr).toContain('The saga is abandoned: it has ended. Look at')
  expect(callsOf('given up')).toBe(1)
})

it('holds a saga: what is at work ends, nothing else begins, a cancel waits', async () => {
  const packing = gate('held pack')
  const id = await scene.start('held')
  await eventually(async () => expect(callsOf('held')).toBe(1))

  expect((await scene.run('pause', id)).code).toBe(0)
  packing.resolve()
  await eventually(async () => {
    expect(await scene.events(id)).toContain('action_succeeded')
  })
  await eventually(async () => {
    const { tasks } = await scene.backstep.describe(id)
    expect(tasks).toMatchObject([{ claimed: false }])
    // Nobody looks at it again for days.
    expect((tasks[0]?.runAt ?? 0) - Date.now()).toBeGreaterThan(86_400_000)
  })
  const held = await ask(scene.databaseUrl, ['show', id], { now: Date.now })
  expect(normalized(held.stdout)).toContain(`\
paused    no handler is started until it is resumed
`)
  expect(normalized(held.stdout)).toContain('backstep resume 00000000-0000-7000-8000-000000000001')
  expect(await scene.backstep.get(id)).toMatchObject({ paused: true, status: 'running' })
  expect((await scene.run('pause', id)).code).toBe(4)
  expect((await scene.run('cancel', id)).stdout).toContain('Asked:')
  await eventually(async () => {
    const { tasks } = await scene.backstep.describe(id)
    expect((tasks[0]?.runAt ?? 0) - Date.now()).toBeGreaterThan(86_400_000)
  })
  expect(callsOf('held')).toBe(1)
  expect((await scene.run('resume', id)).code).toBe(0)

  await scene.until(id, 'compensated')
  expect(await scene.backstep.get(id)).toMatchObject({ paused: false })
  expect((await scene.run('resume', id)).code).toBe(4)
})

it('holds a saga that is stuck, and one that is retried then', async () => {
  const id = await scene.start('stuck and held', 'label action')
  await scene.until(id, 'stuck')

  expect((await scene.run('pause', id)).code).toBe(0)
  expect((await scene.run('retry', id)).code).toBe(0)
  const before = callsOf('stuck and held')
  const { tasks, state } = await scene.backstep.describe(id)
  expect(state).toMatchObject({ status: 'running', paused: true })
  expect((tasks[0]?.runAt ?? 0) - Date.now()).toBeGreaterThan(86_400_000)
  expect((await scene.run('resume', id)).code).toBe(0)

  await eventually(async () => expect(callsOf('stuck and held')).toBe(before + 1))
  await scene.until(id, 'stuck')
})

it.each([
  ['queue', ['--queue', 'default'], 'queue default'],
  ['definition', ['--definition', 'parcel', '--version', '1'], 'definition parcel v1'],
])('holds all of a %s, of which sagas can still be started', async (kind, target, what) => {
  const why = ['--reason', 'a bad day']
  expect((await run('pause', ...target, ...why)).stdout).toContain(`Done: ${what}: no handler`)
  const again = await run('pause', ...target, ...why)
  expect(again.code).toBe(4)
  expect(again.stderr).toContain(`${what} is paused already`)
  expect((await run('pauses')).stdout).toMatch(/ada +a bad day/)
  // Within a sweep the worker has heard of it; until then it may begin.
  await eventually(async () => {
    const to = `${kind} ${calls.length} ${Date.now()}`
    const id = await scene.start(to)
    await sleep(500)
    const { tasks } = await scene.backstep.describe(id)
    expect(callsOf(to)).toBe(0)
    expect(tasks).toMatchObject([{ claimed: false }])
  })
  expect((await run('resume', ...target, ...why)).code).toBe(0)
  expect((await run('resume', ...target, ...why)).code).toBe(4)
  expect((await run('pauses')).stdout).toBe('Nothing is paused.\n')

  await eventually(async () => {
    expect(await scene.backstep.list({ status: ['running', 'compensating'] })).toEqual([])
  })
})

it('needs to know what to hold', async () => {
  const unclear = await ask(scene.databaseUrl, ['pause', '--reason', 'a bad day'])
  expect(unclear.code).toBe(2)
  expect(unclear.stderr).toContain('pass the id of a saga, or --queue NAME, or --definition NAME')
  const nothing = ['pause', '--definition', 'parcel', '--version', '0', '--reason', 'a bad day']
  expect((await ask(scene.databaseUrl, nothing)).code).toBe(2)
})
