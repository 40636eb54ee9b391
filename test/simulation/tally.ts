import { faultKinds, type FaultCounts, type FaultKind } from './faults.ts'
import type { SeedReport } from './run-seed.ts'

/** A seed that went wrong. */
export interface FailedSeed {
  readonly seed: number
  readonly violations: readonly string[]
}

/** What came of many seeds, in plain data: workers send it to whoever asked for the seeds. */
export interface Tally {
  seeds: number
  sagas: number
  deliveries: number
  grants: number
  events: number
  simulatedMs: number
  readonly faults: FaultCounts
  readonly ends: Record<string, number>
  /** How many seeds had so many sagas. */
  readonly sagasPerSeed: Record<number, number>
  /** How many seeds had so many deliveries, in tens. */
  readonly deliveriesPerSeed: Record<number, number>
  readonly failed: FailedSeed[]
}

/** Nothing yet. */
export function emptyTally(): Tally {
  return {
    seeds: 0,
    sagas: 0,
    deliveries: 0,
    grants: 0,
    events: 0,
    simulatedMs: 0,
    faults: {},
    ends: {},
    sagasPerSeed: {},
    deliveriesPerSeed: {},
    failed: [],
  }
}

/** Violations of one seed beyond that are not told. */
const toldViolations = 6

/** Counts one more seed. */
export function count(tally: Tally, report: SeedReport): void {
  const { seed, violations, sagas, deliveries } = report
  tally.seeds += 1
  tally.sagas += sagas
  tally.deliveries += deliveries
  tally.grants += report.grants
  tally.events += report.events
  tally.simulatedMs += report.simulatedMs
  addTo(tally.faults, report.faults)
  addTo(tally.ends, report.ends)
  addTo(tally.sagasPerSeed, { [sagas]: 1 })
  addTo(tally.deliveriesPerSeed, { [Math.floor(deliveries / 10) * 10]: 1 })
  if (violations.length > 0) {
    tally.failed.push({ seed, violations: violations.slice(0, toldViolations) })
  }
}

/** Adds what came of other seeds. */
export function merge(tally: Tally, other: Tally): void {
  tally.seeds += other.seeds
  tally.sagas += other.sagas
  tally.deliveries += other.deliveries
  tally.grants += other.grants
  tally.events += other.events
  tally.simulatedMs += other.simulatedMs
  addTo(tally.faults, other.faults)
  addTo(tally.ends, other.ends)
  addTo(tally.sagasPerSeed, other.sagasPerSeed)
  addTo(tally.deliveriesPerSeed, other.deliveriesPerSeed)
  tally.failed.push(...other.failed)
}

function addTo(
  sums: Record<string | number, number>,
  counts: Readonly<Record<string | number, number>>,
): void {
  for (const [name, number] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + number
}

/** Kinds of fault that never occurred: the run proves nothing about them, and does not count. */
export function missingFaults({ faults }: Tally): readonly FaultKind[] {
  return faultKinds.filter((kind) => (faults[kind] ?? 0) === 0)
}

/** What people read of a run. */
export function printTally(tally: Tally): string {
  const { seeds, sagas, deliveries, grants, events, simulatedMs } = tally
  const each = (sum: number): string => (sum / Math.max(1, seeds)).toFixed(1)
  return [
    `${seeds} seeds, each on average: ${each(sagas)} sagas, ${each(deliveries)} deliveries,` +
      ` ${each(grants)} claims granted, ${each(events)} events, ${each(simulatedMs / 1_000)} s simulated`,
    '',
    'Faults',
    ...faultKinds.map((kind) => row(kind, tally.faults[kind] ?? 0)),
    '',
    'Ends of sagas',
    ...Object.entries(tally.ends)
      .toSorted(([, a], [, b]) => b - a)
      .map(([end, number]) => row(end, number)),
    '',
    'Sagas in a seed',
    ...histogram(tally.sagasPerSeed, (from) => from),
    '',
    'Deliveries in a seed',
    ...histogram(tally.deliveriesPerSeed, (from) => `${from} to ${Number(from) + 9}`),
  ].join('\n')
}

function row(name: string, number: number): string {
  return `  ${name.padEnd(34)}${String(number).padStart(9)}`
}

const widestBar = 40

function histogram(
  counts: Readonly<Record<number, number>>,
  nameOf: (from: string) => string,
): readonly string[] {
  const most = Math.max(1, ...Object.values(counts))
  return Object.entries(counts)
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([from, number]) => {
      const bar = '#'.repeat(Math.ceil((number / most) * widestBar))
      return `  ${nameOf(from).padStart(12)}${String(number).padStart(8)}  ${bar}`
    })
}

/** How a failed seed is repeated. */
export function printFailed({ seed, violations }: FailedSeed, extra = ''): string {
  const replay = `pnpm simulate --seed ${seed}${extra}`
  return [`Seed ${seed} failed; replay it with: ${replay}`, ...violations.map(indented)].join('\n')
}

function indented(text: string): string {
  return `  ${text.replaceAll('\n', '\n  ')}`
}
