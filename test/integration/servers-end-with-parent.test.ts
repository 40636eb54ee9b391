import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { afterEach, describe, expect, it } from 'vitest'

import { askPostgres, askRedis } from '../support/ask-server.ts'
import { eventually } from '../support/eventually.ts'

const PARENT = join(import.meta.dirname, 'fixtures', 'parent-of-servers.ts')

type Family = { readonly child: ChildProcess; readonly postgres: string; readonly redis: string }

const families: Family[] = []

/** A process that starts both servers, says where they are, and then waits for its end. */
const startFamily = async (): Promise<Family> => {
  const child = spawn(process.execPath, ['--conditions=@backstep/source', PARENT], {
    // As in a terminal, where one Ctrl-C goes to the whole group.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  const [postgres = '', redis = ''] = String(line).split(' ')
  const family = { child, postgres, redis }
  families.push(family)
  return family
}

const answers = (question: Promise<unknown>): Promise<boolean> =>
  question.then(
    () => true,
    () => false,
  )

/** What still runs or lies around of it. */
const remainsOf = async (family: Family, folder: string): Promise<readonly string[]> => {
  const remains = {
    Postgres: await answers(askPostgres(family.postgres, 'select 1 as answer')),
    Redis: await answers(askRedis(family.redis, 'PING')),
    folder: existsSync(folder),
  }
  return Object.entries(remains).flatMap(([name, there]) => (there ? [name] : []))
}

const dataFolder = async (family: Family): Promise<string> =>
  String(await askPostgres(family.postgres, `select current_setting('data_directory') as answer`))

afterEach(() => {
  for (const { child } of families.splice(0)) child.kill('SIGKILL')
})

describe('servers end with the process that started them', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('when it gets %s', async (signal) => {
    const family = await startFamily()
    const folder = await dataFolder(family)
    expect(await remainsOf(family, folder)).toEqual(['Postgres', 'Redis', 'folder'])
    family.child.kill(signal)
    await eventually(async () => expect(await remainsOf(family, folder)).toEqual([]))
  })

  it('when Ctrl-C goes to its whole group', async () => {
    const family = await startFamily()
    const folder = await dataFolder(family)
    process.kill(-(family.child.pid ?? 0), 'SIGINT')
    await eventually(async () => expect(await remainsOf(family, folder)).toEqual([]))
  })

  it.each(['throw', 'exit', 'return'])('when it ends by %s', async (how) => {
    const family = await startFamily()
    const folder = await dataFolder(family)
    family.child.stdin?.end(how)
    await eventually(async () => expect(await remainsOf(family, folder)).toEqual([]))
  })
})
