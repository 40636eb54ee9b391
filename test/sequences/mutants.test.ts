import type { PostgresConnection, PostgresStore } from '@backstep/engine/postgres'
import { expect, test } from 'vitest'

import { DeafStore, ForgetfulStore, ForwardStore, StallingStore } from './mutants.ts'
import { runSequences } from './run-sequences.ts'

const found = (open: (connection: PostgresConnection) => PostgresStore): Promise<string> =>
  runSequences({ sequences: 300, seed: 7, lanes: 1, open }).then(
    () => 'nothing was found',
    (error: unknown) => {
      if (!(error instanceof Error) || !(error.cause instanceof Error)) throw error
      return `${error.message}\n${error.cause.message}`
    },
  )

test('an engine that forgets to undo a step is found out, and the commands that show it are told', async () => {
  const told = await found((connection) => new ForgetfulStore(connection))
  expect(told).toMatch(/it is compensated, and these stand: \w+/)
  expect(told).toMatch(
    /Counterexample: \[\["\w+","\w+"\],.*\d+ s pass|Counterexample: .*claim main of \d by \w+/,
  )
})

test('an engine that undoes in the order in which it did is found out', async () => {
  const told = await found((connection) => new ForwardStore(connection))
  expect(told).toMatch(/the compensation of "\w+" began: "\w+", done after it, still stands/)
})

test('an engine that loses a cancel is found out', async () => {
  const told = await found((connection) => new DeafStore(connection))
  expect(told).toMatch(/it was running and is running after "verdict", which allows: compensating/)
})

test('an engine that forgets a saga that waits is found out', async () => {
  const told = await found((connection) => new StallingStore(connection))
  expect(told).toContain('it is running and has no task')
})
