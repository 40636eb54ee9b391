import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { createBullmqTaskQueue, type QueueServer } from '@backstep/engine/bullmq'
import { expect, it } from 'vitest'

const logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Runs a program that has a queue on a Redis where nobody listens, and gives its output when it has ended by itself. */
const run = async (program: string): Promise<string> => {
  const source = `
    import { createBullmqTaskQueue } from '@backstep/engine/bullmq'
    const logger = { debug() {}, info() {}, warn() {}, error() {} }
    const server = { kind: 'redis', url: 'redis://127.0.0.1:1' }
    const queue = createBullmqTaskQueue({ server, schema: 'backstep', logger })
    const turn = () => new Promise((resolve) => setTimeout(resolve, 100))
    ${program}`
  const args = ['--conditions=@backstep/source', '--input-type=module', '--eval', source]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 10_000 })
  return stdout
}

it('connects to nothing when it is imported, nor when a queue is made', async () => {
  const output = await run(`
    await turn()
    console.log(process.getActiveResourcesInfo().filter((name) => /TCP/.test(name)).length)`)
  expect(output.trim()).toBe('0')
})

it('lets a process end that has closed its queue while Redis is away', async () => {
  const output = await run(`
    const options = { concurrency: 5, onHint: async () => {}, onError: () => {} }
    const consumer = queue.consume('default', options)
    const hint = { sagaId: 'a', branch: 'main', queue: 'default', nonce: 'n' }
    await queue.dispatch([hint]).catch((error) => console.log(error.code))
    await turn()
    await Promise.all([consumer.close(), queue.close()])`)
  expect(output.trim()).toBe('QUEUE_UNAVAILABLE')
})

it.each([['postgres://somebody:secret@host/db'], ['nonsense'], ['']])(
  'refuses %j as the URL of Redis without repeating it',
  (url) => {
    const create = (): unknown =>
      createBullmqTaskQueue({ server: { kind: 'redis', url }, schema: 'backstep', logger })
    expect(create).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
    expect(create).not.toThrow(/secret/)
  },
)

it.each<QueueServer>([
  { kind: 'redis', url: 'redis://127.0.0.1:1' },
  { kind: 'postgres', config: {} },
])('refuses a schema that is no plain identifier, on $kind', (server) => {
  const create = (): unknown => createBullmqTaskQueue({ server, schema: 'back"step', logger })
  expect(create).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
})

it.each([0, -1, 1.5, Number.NaN])('refuses a concurrency of %d', (concurrency) => {
  const server = { kind: 'redis', url: 'redis://127.0.0.1:1' } as const
  const queue = createBullmqTaskQueue({ server, schema: 'backstep', logger })
  const consume = (): unknown =>
    queue.consume('default', { concurrency, onHint: async () => {}, onError: () => {} })
  expect(consume).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
})
