import { randomUUID } from 'node:crypto'

import { openPostgres, PostgresStore } from '@backstep/engine/postgres'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { recordingPool } from './plans-recording.ts'
import {
  appendRecord,
  completion,
  LONG_MS,
  newTask,
  startAndClaim,
  type AppendRecord,
  type NewTask,
} from './saga-writer.ts'

let database: MigratedDatabase
let pool: ReturnType<typeof recordingPool>
let store: PostgresStore
let sent: { readonly file: string | null; readonly text: string }[] = []

beforeAll(async () => {
  database = await createMigratedDatabase()
  pool = recordingPool({ connectionString: database.url, max: 1 }, async (statement) => {
    sent.push(statement)
  })
  const { executor, transactions } = openPostgres({ pool, prepare: true })
  store = new PostgresStore({ executor, heartbeatExecutor: executor, transactions })
})

beforeEach(() => {
  sent = []
})

afterAll(async () => {
  await pool.end()
  await database.drop()
})

const textsOf = (file: string): readonly string[] => {
  return [...new Set(sent.filter((one) => one.file === file).map(({ text }) => text))]
}

const forkOf = async (next: readonly NewTask[]): Promise<AppendRecord> => {
  const main = await startAndClaim(store)
  const task = { type: 'settle', claims: [main], dropped: [], next, wake: false } as const
  return appendRecord(main.sagaId, { task })
}

it('a batch without branches is one statement for all, and pays for none', async () => {
  const moved = await startAndClaim(store)
  const next = newTask()
  const replaced = { type: 'replace', claimId: moved.claimId, next } as const
  await store.append([appendRecord(moved.sagaId, { task: replaced })])
  const ended = await startAndClaim(store)
  await store.append([completion(ended)])
  await store.append([appendRecord(ended.sagaId, { seq: 3, task: { type: 'none' } })])
  const create = { type: 'create', next: [next] } as const
  await store.append([
    appendRecord(ended.sagaId, { seq: 4, task: create }),
    completion(await startAndClaim(store)),
  ])
  const texts = textsOf('append-with-tasks.ts')
  expect(texts).toHaveLength(1)
  expect(texts[0]).not.toMatch(/settle|comes|held|others/)
})

it('a batch with branches is another statement, the same for all of them', async () => {
  const two = [newTask({ branch: 'main/one' }), newTask({ branch: 'main/two' })]
  const fork = await forkOf(two)
  await store.append([fork, completion(await startAndClaim(store))])
  await store.append([await forkOf([])])
  const ended = await startAndClaim(store)
  await store.append([completion(ended)])
  sent = sent.filter(({ text }) => text.includes('come_again'))
  await store.append([appendRecord(ended.sagaId, { seq: 3, task: { type: 'create', next: two } })])
  expect(textsOf('append-with-tasks.ts')).toHaveLength(1)
  expect(sent).toHaveLength(3)
})

it('rows that several claims have in common are read and sent once', async () => {
  const next = Array.from({ length: 100 }, (_, index) => newTask({ branch: `main/each.${index}` }))
  const fork = await forkOf(next)
  await store.append([fork])
  const claimsOf = (tasks: readonly NewTask[]) =>
    tasks.map(({ branch, nonce }) => {
      const { sagaId } = fork
      return { sagaId, branch, nonce, claimId: randomUUID(), leaseMs: LONG_MS, known: null }
    })
  sent = []
  await store.claim(claimsOf(next.slice(0, 1)))
  await store.claim(claimsOf(next.slice(1, 2)))
  const [alone, ...others] = textsOf('claim-by-nonce.ts')
  expect(others).toEqual([])
  expect(alone).not.toContain('row_number')
  const claims = await store.claim(claimsOf(next.slice(2)))
  const journals = claims.map((claim) => claim?.journal.entries)
  expect(new Set(journals).size).toBe(1)
  expect(journals[0]?.map(({ seq }) => seq)).toEqual([1, 2])
  expect(textsOf('claim-by-nonce.ts')).toHaveLength(2)
})
