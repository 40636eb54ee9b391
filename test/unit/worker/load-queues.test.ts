import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { loadQueues } from '../../../packages/worker/src/load-queues.ts'

/** What is read of modules with these texts. */
async function loaded(...texts: readonly string[]): ReturnType<typeof loadQueues> {
  const folder = await mkdtemp(join(tmpdir(), 'load-queues-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const names = texts.map((_, index) => `module-${index}.mjs`)
  for (const [index, text] of texts.entries()) {
    await writeFile(join(folder, `module-${index}.mjs`), text)
  }
  return loadQueues(names, folder)
}

test('reads what modules say of queues; a module may say nothing', async () => {
  expect(await loaded('export const sagas = []')).toEqual({})
  const bank = 'export const queues = { bank: { maximumConcurrency: 3 } }'
  const mail = `export const queues = { mail: { rate: { limit: 5, per: '1s' } }, bank: { maximumConcurrency: 3 } }`
  expect(await loaded(bank, mail, 'export const sagas = []')).toEqual({
    bank: { maximumConcurrency: 3 },
    mail: { rate: { limit: 5, per: '1s' } },
  })
})

test.each([
  ['export const queues = []', '--sagas module-0.mjs has something wrong in queues'],
  ['export const queues = { bank: 3 }', 'queues.bank'],
  ['export const queues = { bank: { concurrency: 3 } }', 'concurrency'],
  ['export const queues = { bank: { rate: { limit: 3 } } }', 'queues.bank.rate.per'],
])('refuses %s', async (text, message) => {
  await expect(loaded(text)).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
    message: expect.stringContaining(message),
  })
})

test('refuses modules that say different things of a queue', async () => {
  const one = 'export const queues = { bank: { maximumConcurrency: 3 } }'
  const other = 'export const queues = { bank: { maximumConcurrency: 4 } }'
  await expect(loaded(one, other)).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
    message: expect.stringContaining('module-1.mjs says other things of queue "bank"'),
  })
})
