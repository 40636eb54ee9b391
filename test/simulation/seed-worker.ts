import { parentPort, workerData } from 'node:worker_threads'
import { mutants } from './mutants/mutants.ts'
import { loopTurned, withoutRealTime } from './real-time.ts'
import { runSeed } from './run-seed.ts'
import { count, emptyTally, type Tally } from './tally.ts'
import { soundFoundations, type Foundations } from './world.ts'

/** Some seeds to be run. */
export interface SeedChunk {
  readonly from: number
  readonly count: number
  /** Whether the first failure ends the chunk. */
  readonly untilFailure: boolean
}

/** Seeds of which only the hash of the trace is wanted. */
export interface SeedsToHash {
  readonly seeds: readonly number[]
}

/** What came of them. */
export interface SeedAnswer {
  readonly tally: Tally
  readonly hashes: readonly string[]
}

/** What a worker is told when it begins. */
export interface SeedWorkerData {
  /** Null for the world as it is. */
  readonly mutant: string | null
}

/** The foundations of a world, by the name of what is wrong with them. */
export function foundationsOf(mutant: string | null): Foundations {
  if (mutant === null) return soundFoundations
  const found = mutants.find(({ name }) => name === mutant)
  if (found === undefined) throw new RangeError(`There is no mutant "${mutant}".`)
  return found.foundations
}

/** Promises that failed, and nobody had them. */
const strays: string[] = []

async function runChunk(
  { from, count: seeds, untilFailure }: SeedChunk,
  foundations: Foundations,
): Promise<SeedAnswer> {
  const tally = emptyTally()
  await withoutRealTime(async () => {
    for (let seed = from; seed < from + seeds; seed += 1) {
      const report = await runSeed(seed, { foundations })
      await loopTurned()
      const stray = strays.splice(0).map((what) => `the world: nobody had this error: ${what}`)
      count(tally, { ...report, violations: [...report.violations, ...stray] })
      if (untilFailure && tally.failed.length > 0) return
    }
  })
  return { tally, hashes: [] }
}

async function hashAll({ seeds }: SeedsToHash): Promise<SeedAnswer> {
  const hashes: string[] = []
  await withoutRealTime(async () => {
    for (const seed of seeds) hashes.push((await runSeed(seed)).traceHash)
  })
  return { tally: emptyTally(), hashes }
}

function serve(port: NonNullable<typeof parentPort>): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The pool is the only one who starts this.
  const { mutant } = workerData as SeedWorkerData
  const foundations = foundationsOf(mutant)
  process.on('unhandledRejection', (error) => void strays.push(String(error)))
  port.on('message', (asked: SeedChunk | SeedsToHash) => {
    const work = 'seeds' in asked ? hashAll(asked) : runChunk(asked, foundations)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- That is for windows; this is a thread.
    void work.then((answer) => port.postMessage(answer))
  })
}

if (parentPort !== null) serve(parentPort)
