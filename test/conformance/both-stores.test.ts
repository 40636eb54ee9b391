import { afterAll, expect, test } from 'vitest'

import { CommandRunner } from './command-runner.ts'
import { openMemory } from './open-memory.ts'
import { postgresStores } from './postgres-stores.ts'
import { randomCommands, type Command } from './random-command.ts'
import { LONG_MS, Scene } from './scene.ts'
import type { OpenStore } from './store-under-test.ts'
import { visibleLists, visibleRows } from './visible-rows.ts'

const postgres = await postgresStores()
afterAll(() => postgres.end())

const COMMANDS = 80
const SEEDS = [1, 2, 3, 4, 5, 6]

/** What can be seen after each command: its answer, all sagas, all lists. */
async function trace(open: OpenStore, commands: readonly Command[]): Promise<readonly unknown[]> {
  const scene = await Scene.open(open)
  try {
    const runner = new CommandRunner(scene)
    const seen: unknown[] = []
    for (const command of commands) {
      const answer = await runner.run(command)
      await scene.passTime(3)
      const sagas = await Promise.all(runner.sagaIds.map((sagaId) => visibleRows(scene, sagaId)))
      const lists = await visibleLists(scene, runner.sagaIds)
      seen.push(runner.labels.applyTo({ command, answer, sagas, lists }))
    }
    return seen
  } finally {
    await scene.close()
  }
}

test.each(SEEDS)('both stores look the same after every command of list %i', async (seed) => {
  const commands = randomCommands(seed, COMMANDS)
  const inMemory = await trace(openMemory, commands)
  const inPostgres = await trace(postgres.open, commands)
  expect(inPostgres).toHaveLength(COMMANDS)
  for (const [index, step] of inPostgres.entries()) {
    expect(step, `command ${index} of list ${seed}`).toEqual(inMemory[index])
  }
})

test('the lists of commands reach what they are for', async () => {
  const lists = SEEDS.map((seed) => trace(openMemory, randomCommands(seed, COMMANDS)))
  const steps = (await Promise.all(lists)).flat()
  const text = JSON.stringify(steps)
  const missing = ['"existing"', '"conflict"', '"lease_lost"', '"takeover 3"', '"main/fork.1"']
    .concat('"claimed":false,"deliveries":2', '"wake":2', '"completed"', '"stuck"', '"tasks":[]')
    .concat('"main/fork.2"', '"main/fork.3"')
    .filter((part) => !text.includes(part))
  expect(missing).toEqual([])
  const bornHeld = ['"type":"start"', '"started"', '"claimed":true,"deliveries":1']
  for (const lease of ['"bornLeaseMs":1,', `"bornLeaseMs":${LONG_MS},`, '"bornLeaseMs":null,']) {
    const reached = steps
      .map((step) => JSON.stringify(step))
      .filter((step) => [lease, ...bornHeld].every((part) => step.includes(part)))
    expect(reached.length, lease).toBeGreaterThan(0)
  }
  for (const wake of ['"wake":true}', '"wake":false}']) {
    const settled = steps
      .map((step) => JSON.stringify(step))
      .filter((step) => ['"change":"settle"', wake, '[[true'].every((part) => step.includes(part)))
    expect(settled.length, wake).toBeGreaterThan(3)
  }
})
