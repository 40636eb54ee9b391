/**
 * The life of a runner: a process that measures one system once.
 *
 * R1  It loads the system until it is warm and says `warm`; the load goes on.
 * R2  At `go` on its input it records what ends, for the given seconds, and says `measured`.
 * R3  It lets the sagas in flight end, closes the system, and prints its report.
 * R4  When its input closes, the harness is gone: it ends at once.
 * R5  At SIGTERM it took too long: it says what it was waiting for, and ends.
 */
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import { makeOrder, type OrderEnd } from '../workload/order.ts'
import type { BenchSystem, OpenSystem } from './bench-system.ts'
import { ClosedLoop, type Recording } from './closed-loop.ts'
import { addUse, ownUse } from './own-use.ts'
import { summarizeLatencies } from './percentile.ts'
import type { RunnerMessage, RunReport } from './run-report.ts'
import type { RunRequest } from './run-request.ts'

// Sagas in flight tend to march in step: a window that sees less than two of these waves pass says
// little. It is lengthened until then, up to so many times what was asked for; and a system that
// polls once a second still has to end a few.
const WAVES = 2
const LONGEST = 4
const FEWEST_SAGAS = 3

/** Does what the first argument of this process asks for, and ends the process. */
export const runSystem = async (system: BenchSystem): Promise<void> => {
  const request: RunRequest = JSON.parse(process.argv[2] ?? '')
  if (request.task === 'prepare') {
    await system.prepare?.(request)
  } else {
    process.stdin.once('end', () => process.exit(1)) // R4
    say({ bench: 'report', report: await measure(system, request) })
  }
  // A peer may leave timers or connections behind. What was said goes out first.
  process.stdout.write('', () => process.exit(0))
}

const say = (message: RunnerMessage): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

const measure = async (system: BenchSystem, request: RunRequest): Promise<RunReport> => {
  const open = await system.open(request)
  const loop = new ClosedLoop((n) =>
    runOrder(open, n, request.scenario === 'w3' ? 'compensated' : 'completed'),
  )
  // R5
  process.once('SIGTERM', () => {
    process.stderr.write(`${loop.describe()}\n`)
    process.exit(1)
  })
  const go = once(process.stdin, 'data')
  loop.widenTo(request.warmUpInFlight)
  await loop.untilFirstEnded(request.warmUpSagas)
  await loop.narrowTo(request.inFlight)
  say({ bench: 'warm' }) // R1
  await loop.orFailure(go)
  const measured = await recordWindow(loop, open, request)
  await loop.narrowTo(0) // R3
  await open.close()
  return { ...measured, sagasInAll: loop.ended }
}

const runOrder = async (system: OpenSystem, n: number, expected: OrderEnd) => {
  const result = await system.run(makeOrder(n, expected === 'compensated'))
  if (result.end === expected) return result
  throw new Error(`Order ${n} ended as ${result.end}; it should have been ${expected}.`)
}

type Measured = Omit<RunReport, 'sagasInAll'>

/** R2 */
const recordWindow = async (
  loop: ClosedLoop,
  system: OpenSystem,
  request: RunRequest,
): Promise<Measured> => {
  const before = await useOf(system)
  const recording: Recording = { latenciesMs: [], engineLatenciesMs: [] }
  const endedBefore = loop.ended
  const startedAt = performance.now()
  loop.record(recording)
  const wantedMs = request.seconds * 1000
  await loop.orFailure(sleep(wantedMs))
  await Promise.race([
    loop.untilEnded(endedBefore + WAVES * request.inFlight),
    sleep(wantedMs * (LONGEST - 1)),
  ])
  await loop.untilEnded(endedBefore + FEWEST_SAGAS)
  loop.record(null)
  const seconds = (performance.now() - startedAt) / 1000
  const after = await useOf(system)
  say({ bench: 'measured' })
  const sagas = recording.latenciesMs.length
  return {
    sagas,
    seconds,
    rate: sagas / seconds,
    latencyMs: summarizeLatencies(recording.latenciesMs),
    engineLatencyMs:
      recording.engineLatenciesMs.length === 0
        ? null
        : summarizeLatencies(recording.engineLatenciesMs),
    cpuMs: after.cpuMs - before.cpuMs,
    peakRssMb: after.peakRssMb,
  }
}

const useOf = async (system: OpenSystem) =>
  system.othersUse === undefined ? ownUse() : addUse(ownUse(), await system.othersUse())
