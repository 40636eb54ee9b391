import { expect, test } from 'vitest'

import type { QueueLimits } from '../../../packages/engine/src/ports/queue-store.ts'
import { KnownLimits } from '../../../packages/engine/src/runtime/known-limits.ts'
import {
  changedLimits,
  declaredLimits,
} from '../../../packages/engine/src/runtime/queue-options.ts'
import { MemoryStore } from '../../../packages/engine/src/memory/index.ts'

test('reads what code says of queues', () => {
  expect(declaredLimits({})).toEqual([])
  expect(
    declaredLimits({
      payments: { maximumConcurrency: 3, rate: { limit: 100, per: '1s' } },
      mails: {},
    }),
  ).toEqual([
    { queue: 'payments', maximumConcurrency: 3, rate: { limit: 100, perMs: 1_000 } },
    { queue: 'mails', maximumConcurrency: null, rate: null },
  ])
})

test('reads what an operator wants, and only that', () => {
  expect(changedLimits('payments', {})).toEqual({})
  expect(changedLimits('payments', { rate: null })).toEqual({ rate: null })
  const maximumConcurrency = null
  expect(changedLimits('payments', { maximumConcurrency })).toEqual({ maximumConcurrency })
})

test.each([
  [{ payments: { maximumConcurrency: 0 } }, 'CONFIGURATION_INVALID', '"payments" is 0'],
  [{ payments: { maximumConcurrency: 10_001 } }, 'CONFIGURATION_INVALID', 'from 1 to 10000'],
  [{ payments: { maximumConcurrency: 1.5 } }, 'CONFIGURATION_INVALID', 'is 1.5'],
  [{ payments: { rate: { limit: 0, per: '1s' } } }, 'CONFIGURATION_INVALID', 'rate.limit'],
  [{ payments: { rate: { limit: 1, per: '1 s' } } }, 'DURATION_INVALID', 'queue "payments"'],
  [{ ' ': {} }, 'ID_INVALID', 'queue'],
])('refuses %j', (queues, code, text) => {
  expect(() => declaredLimits(queues)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(text) }),
  )
})

interface Line {
  readonly level: string
  readonly message: string
  readonly before: unknown
}

/** What a process says that declares this, to a store that has heard other things before. */
async function saidBy(
  store: MemoryStore,
  maximumConcurrency: number,
): Promise<{ readonly lines: readonly Line[]; readonly holds: readonly QueueLimits[] }> {
  const lines: Line[] = []
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) =>
    void lines.push({ level, message, before: fields['before'] })
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const declared = declaredLimits({ payments: { maximumConcurrency } })
  await new KnownLimits({ limits: store, logger, declared }).declare()
  return { lines, holds: await store.readLimits() }
}

test('a declaration that differs from the one before is in the log, and holds', async () => {
  const store = new MemoryStore({ now: () => 0 })
  const first = await saidBy(store, 3)
  expect(first.lines).toMatchObject([{ level: 'info', before: null }])
  expect((await saidBy(store, 3)).lines).toEqual([])
  const { lines, holds } = await saidBy(store, 5)
  expect(lines).toMatchObject([{ level: 'warn', before: { maximumConcurrency: 3 } }])
  expect(holds).toMatchObject([{ maximumConcurrency: 5, source: 'code' }])
})

test('a declaration against an operator is in the log, and does not hold', async () => {
  const store = new MemoryStore({ now: () => 0 })
  await store.overrideLimits({
    queue: 'payments',
    to: { maximumConcurrency: 1 },
    actor: 'ada',
    reason: 'slow bank',
  })
  const { lines, holds } = await saidBy(store, 5)
  expect(lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('operator') }])
  expect(holds).toMatchObject([{ maximumConcurrency: 1, source: 'operator' }])
})
