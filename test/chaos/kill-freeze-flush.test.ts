import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBackstep, type Backstep, type SagaRow } from '@backstep/engine'
import { migrate } from '@backstep/engine/postgres'
import { startPostgres, startRedis, type PostgresServer, type RedisServer } from '@backstep/servers'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { behaviors, chaosSaga, type Behavior } from './chaos-saga.ts'
import { faultCounts, faultSchedule, type Fault } from './fault-schedule.ts'
import { Fleet } from './fleet.ts'
import { unsoundRows } from './journal-audit.ts'
import { Ledger, type Effect } from './ledger.ts'
import { chaosSeed, SeededDraws } from './seeded-draws.ts'
import { verdict } from './verdicts.ts'

const sagasPerFault = 6
const leaseMs = 1_500

const folder = mkdtempSync(join(tmpdir(), 'backstep-chaos-'))
const ledgerFile = join(folder, 'ledger.sqlite')
const ledger = new Ledger(ledgerFile)
let postgres: PostgresServer
let redis: RedisServer
let flusher: Redis
let backstep: Backstep
let fleet: Fleet

beforeAll(async () => {
  postgres = await startPostgres()
  redis = await startRedis()
  flusher = new Redis(redis.url)
  await migrate({ databaseUrl: postgres.url })
  backstep = createBackstep({ databaseUrl: postgres.url, redisUrl: redis.url })
  fleet = new Fleet({ size: 3, ledgerFile, databaseUrl: postgres.url, redisUrl: redis.url })
  await fleet.start()
})

afterAll(async () => {
  await fleet.stop()
  await backstep.close()
  flusher.disconnect()
  ledger.close()
  await Promise.all([postgres.close(), redis.close()])
  await rm(folder, { recursive: true, force: true })
})

/** The run says what it did, whether it passes or fails. */
function say(line: string): void {
  process.stdout.write(`chaos: ${line}\n`)
}

/** Most go well by themselves; the rest goes wrong in every way there is. */
function drawBehavior(draws: SeededDraws): Behavior {
  return draws.next() < 0.5 ? 'well' : (behaviors[draws.between(0, behaviors.length)] ?? 'well')
}

async function liveSagas(): Promise<number> {
  const { running, compensating } = (await backstep.shared.engine.queries.readBacklog()).live
  return running + compensating
}

/** Waits for the ends; what is still alive after a minute is shown whole. */
async function allEnd(repeat: string): Promise<void> {
  try {
    await eventually(async () => expect(await liveSagas()).toBe(0), {
      timeoutMs: 60_000,
      what: 'all sagas end',
    })
  } catch (cause) {
    const live = await backstep.list({ status: ['running', 'compensating'] })
    const details = await Promise.all(live.map(({ sagaId }) => backstep.describe(sagaId)))
    const shown = details.map(({ saga, journal, tasks }) =>
      JSON.stringify({ saga, journal, tasks }, null, 1),
    )
    throw new Error([`Sagas still live; repeat with ${repeat}`, ...shown].join('\n'), { cause })
  }
}

async function strike(fault: Fault, thawing: Promise<void>[]): Promise<void> {
  switch (fault.kind) {
    case 'kill':
      return fleet.kill(fault.pick)
    case 'flush':
      await flusher.flushall()
      return
    case 'freeze':
      // The others are killed while this one is away, so nobody waits for it.
      thawing.push(fleet.freeze(fault.pick, leaseMs * 2.5))
  }
}

/** What the faults were struck on. */
interface Run {
  readonly sagaIds: readonly string[]
  readonly struck: Readonly<Record<Fault['kind'], number>>
}

/** Starts some sagas before each fault, and strikes while there are sagas that run. */
async function runUnderFaults(draws: SeededDraws): Promise<Run> {
  const saga = chaosSaga(ledger)
  const struck = { kill: 0, freeze: 0, flush: 0 }
  const thawing: Promise<void>[] = []
  const sagaIds: string[] = []
  for (const { fault, pauseMs } of faultSchedule(draws)) {
    // One is away at a time, so that there is always somebody to be killed.
    if (fault.kind === 'freeze') await Promise.all(thawing)
    for (let started = 0; started < sagasPerFault; started += 1) {
      const input = { behavior: drawBehavior(draws), workMs: draws.between(5, 60) }
      const key = `${draws.seed}-${sagaIds.length}`
      sagaIds.push((await backstep.start(saga, { input, key })).sagaId)
    }
    await sleep(pauseMs)
    if ((await liveSagas()) === 0) throw new Error('No saga runs: this fault would prove nothing.')
    await strike(fault, thawing)
    struck[fault.kind] += 1
  }
  await Promise.all(thawing)
  return { sagaIds, struck }
}

function tell({ struck }: Run, rows: readonly SagaRow[], effects: readonly Effect[]): void {
  const count = (status: SagaRow['status']): number =>
    rows.filter((row) => row.status === status).length
  say(
    `${rows.length} sagas: ${count('completed')} completed, ${count('compensated')} compensated, ` +
      `${count('stuck')} stuck; ${effects.length} effects by ${ledger.calls()} calls; ` +
      `${struck.kill} kills, ${struck.freeze} freezes, ${struck.flush} flushes`,
  )
}

test(
  'sagas end rightly while workers are killed and frozen and Redis is flushed',
  { timeout: 240_000 },
  async () => {
    const draws = new SeededDraws(chaosSeed())
    const repeat = `CHAOS_SEED=${draws.seed} pnpm test test/chaos`
    say(`repeat with ${repeat}`)
    const run = await runUnderFaults(draws)
    const { sagaIds, struck } = run
    expect(struck, repeat).toEqual(faultCounts)
    await allEnd(repeat)
    const rows = await Promise.all(sagaIds.map((sagaId) => backstep.get(sagaId)))
    const effects = ledger.effects()
    tell(run, rows, effects)
    expect(new Set(sagaIds).size).toBe(sagaIds.length)
    const stuck = rows.filter(({ status }) => status === 'stuck')
    expect(stuck, repeat).toEqual([])
    const wrong = rows.flatMap((row) => verdict(row, effects))
    expect(wrong, repeat).toEqual([])
    expect(await unsoundRows(backstep, sagaIds), repeat).toEqual([])
  },
)
