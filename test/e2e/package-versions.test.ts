import * as engine from '@backstep/engine'
import { expect, test } from 'vitest'

import { unsoundRows } from '../chaos/journal-audit.ts'
import { commitsBeforeMigrations } from '../support/earlier-package.ts'
import { queues, relaySagas } from './fixtures/relay-of-packages.ts'
import { PackageDeployment, says } from './package-deployment.ts'

const PATIENCE = { timeout: '90s' } as const
const TIMEOUT_MS = 240_000
const STARTS = 40
const SAGAS = 15
const LONG_SAGAS = 3

const { relay, long } = relaySagas(engine, 'nobody')
const [left, right] = queues

type Input = engine.InputOf<typeof relay>

const plain: Input = { pivot: 'takes', heldBy: null }

/** The commits to go back to. Without history there are none, and nothing can be said. */
const commits = [...commitsBeforeMigrations()]

/** So many sagas that ended like that. */
const many = (count: number, end: object): readonly object[] =>
  Array.from({ length: count }, () => end)

/** Where the steps were run by these packages in turn. */
const runBy = (first: string, second: string) => ({
  status: 'completed',
  output: [first, second, first, second, first, second],
})

const idsOf = (sagas: readonly { readonly sagaId: string }[]): readonly string[] =>
  sagas.map(({ sagaId }) => sagaId)

/** The earlier package works on its own sagas while the database is migrated, and goes on. */
const migrateUnderWay = async (
  deployment: PackageDeployment,
  migration: string,
): Promise<readonly string[]> => {
  const { backstep } = deployment
  const worker = await deployment.work({ name: 'earlier', queues, starts: STARTS })
  await says(worker, 'started 0')
  const { applied } = await deployment.migrate()
  expect(applied).toContain(migration.replace('.sql', ''))
  expect(worker.stdout, 'all was started before the migration').not.toContain(
    `started ${STARTS - 1}`,
  )

  await says(worker, `started ${STARTS - 1}`)
  // Started again by the present package: the same key and input are the same saga.
  const again = await Promise.all(
    Array.from({ length: STARTS }, (_, n) =>
      backstep.start(relay, { key: `earlier-${n}`, input: plain }),
    ),
  )
  const ends = await Promise.all(again.map((saga) => saga.result(PATIENCE)))
  expect(ends).toMatchObject(many(STARTS, runBy('earlier', 'earlier')))
  expect(await backstep.list({ limit: 1_000 })).toHaveLength(STARTS)
  worker.kill('SIGKILL')
  await worker.ended()
  return idsOf(again)
}

const startMany = (backstep: engine.Backstep, input: Input) =>
  Promise.all(Array.from({ length: SAGAS }, () => backstep.start(relay, { input })))

/** Each saga goes back and forth between the two, forward and backward, and over many snapshots. */
const workTogether = async ({ backstep }: PackageDeployment): Promise<readonly string[]> => {
  const taken = await startMany(backstep, plain)
  const retried = await startMany(backstep, { ...plain, pivot: 'fails once' })
  const refused = await startMany(backstep, { ...plain, pivot: 'rejects' })
  const longer = await Promise.all(
    Array.from({ length: LONG_SAGAS }, () => backstep.start(long, { input: null })),
  )

  const forward = await Promise.all([...taken, ...retried].map((saga) => saga.result(PATIENCE)))
  expect(forward).toMatchObject(many(2 * SAGAS, runBy('earlier', 'present')))
  const back = await Promise.all(refused.map((saga) => saga.result(PATIENCE)))
  expect(back).toMatchObject(
    many(SAGAS, { status: 'compensated', failure: { code: 'refused', step: 'fifth' } }),
  )
  for (const saga of longer) {
    expect(await saga.result(PATIENCE)).toMatchObject({ status: 'completed' })
  }
  const all = [...taken, ...retried, ...refused, ...longer]
  return idsOf(all)
}

/** What one package held when it was killed, the other one takes over. */
const takeOver = async (
  deployment: PackageDeployment,
  [from, to]: readonly ['earlier' | 'present', 'earlier' | 'present'],
): Promise<readonly string[]> => {
  const { backstep } = deployment
  const victim = await deployment.work({ name: from, queues })
  const sagas = await startMany(backstep, { pivot: 'takes', heldBy: from })
  await Promise.all(sagas.map(({ sagaId }) => deployment.held(sagaId)))
  const heir = await deployment.work({ name: to, queues })
  victim.kill('SIGKILL')
  const ends = await Promise.all(sagas.map((saga) => saga.result(PATIENCE)))
  expect(ends).toMatchObject(
    many(SAGAS, { status: 'completed', output: [from, to, to, to, to, to] }),
  )
  heir.kill('SIGKILL')
  await Promise.all([victim.ended(), heir.ended()])
  return idsOf(sagas)
}

test('the history tells which package was there before each migration', ({ skip }) => {
  skip(commits.length === 0, 'There is no history here: the earlier packages cannot be had.')
  // A history that was cut off may begin behind the first of them.
  for (const [, commit] of commits) expect(commit).toMatch(/^[0-9a-f]{40}$/)
})

for (const [migration, commit] of commits) {
  const schema = `packages_${migration.slice(0, 4)}`

  test(
    `the package before ${migration} and this one work together`,
    { timeout: TIMEOUT_MS },
    async () => {
      const deployment = await PackageDeployment.open(commit, schema)
      const ids = [...(await migrateUnderWay(deployment, migration))]
      const workers = [
        await deployment.work({ name: 'earlier', queues: [left] }),
        await deployment.work({ name: 'present', queues: [right] }),
      ]
      ids.push(...(await workTogether(deployment)))
      for (const worker of workers) worker.kill('SIGKILL')
      await Promise.all(workers.map((worker) => worker.ended()))
      ids.push(...(await takeOver(deployment, ['earlier', 'present'])))
      ids.push(...(await takeOver(deployment, ['present', 'earlier'])))
      expect(ids).toHaveLength(STARTS + 3 * SAGAS + LONG_SAGAS + 2 * SAGAS)
      expect(await unsoundRows(deployment.backstep, ids)).toEqual([])
    },
  )
}
