import type {
  Limits,
  LimitsOverride,
  NamedLimits,
  QueueLimits,
  QueueUse,
  Rate,
} from '../ports/queue-store.ts'
import { compareText, type MemoryTables, type QueueRow } from './memory-tables.ts'

/** Every row, by the name of its queue. */
export function readLimits(tables: MemoryTables): readonly QueueLimits[] {
  const rows = [...tables.queues.values()].map(({ limits }) => limits)
  return rows.toSorted((a, b) => compareText(a.queue, b.queue))
}

/** Keeps what code says, and lets it hold where no operator has said anything. */
export function declareLimits(tables: MemoryTables, declared: readonly NamedLimits[]): void {
  for (const { queue, maximumConcurrency, rate } of declared) {
    const said: Limits = { maximumConcurrency, rate }
    const before = tables.queues.get(queue)?.limits
    const held = before?.source === 'operator' ? before : { source: 'code' as const, ...said }
    put(tables, { ...held, queue, declared: said })
  }
}

/** Sets what an operator wants, and gives back what holds then. */
export function overrideLimits(tables: MemoryTables, { queue, to }: LimitsOverride): QueueLimits {
  const before = tables.queues.get(queue)?.limits
  const declared = before?.declared ?? null
  const { maximumConcurrency, rate } = { ...noLimits, ...before }
  const wanted = to === 'code' ? declared : { maximumConcurrency, rate, ...to }
  const source = to === 'code' ? 'code' : 'operator'
  return put(tables, { ...noLimits, ...wanted, queue, source, declared })
}

/** Every queue that has a row or a task. */
export function readUse(tables: MemoryTables): readonly QueueUse[] {
  const tasks = tables.allTasks()
  const names = new Set([...tables.queues.keys(), ...tasks.map(({ queue }) => queue)])
  return [...names].toSorted(compareText).map((queue) => {
    const here = tasks.filter((task) => task.queue === queue)
    const {
      maximumConcurrency = null,
      rate = null,
      source = null,
    } = tables.queues.get(queue)?.limits ?? {}
    const held = here.filter(({ claim }) => claim !== null).length
    const waiting = here.filter(({ claim, runAt }) => claim === null && runAt <= tables.now())
    return { queue, maximumConcurrency, rate, source, held, waiting: waiting.length }
  })
}

/** What is in a bucket now; any number where there is no rate. */
export function tokensOf(tables: MemoryTables, row: QueueRow | undefined): number {
  const rate = row?.limits.rate ?? null
  if (row === undefined || rate === null) return Infinity
  const gained = (Math.max(0, tables.now() - row.refilledAt) * rate.limit) / rate.perMs
  return Math.min(rate.limit, row.tokens + gained)
}

/** Takes tokens out of a bucket, also more than there are. */
export function takeTokens(tables: MemoryTables, queue: string, count: number): void {
  const row = tables.queues.get(queue)
  if (row === undefined || row.limits.rate === null) return
  const tokens = tokensOf(tables, row) - count
  tables.queues.set(queue, { ...row, tokens, refilledAt: tables.now() })
}

const noLimits: Limits = { maximumConcurrency: null, rate: null }

/** A bucket that was not there is full; one that gets smaller or larger keeps what is in it. */
function put(tables: MemoryTables, limits: QueueLimits): QueueLimits {
  const before = tables.queues.get(limits.queue)
  const rate: Rate | null = limits.rate
  // Without a rate so far there is any number in it.
  const tokens = Math.min(tokensOf(tables, before), rate?.limit ?? 0)
  tables.queues.set(limits.queue, { limits, tokens, refilledAt: tables.now() })
  return limits
}
