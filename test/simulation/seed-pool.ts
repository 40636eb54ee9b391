import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { SeedAnswer, SeedChunk, SeedsToHash, SeedWorkerData } from './seed-worker.ts'
import { emptyTally, merge, type Tally } from './tally.ts'

/** Many seeds to be run. */
export interface SeedRange {
  readonly from: number
  readonly count: number
  /** A mutant to run them on; null for the world as it is. */
  readonly mutant?: string | null
  /** Whether the first failure ends it. */
  readonly untilFailure?: boolean
  /** Told after every chunk. */
  readonly onProgress?: (tally: Tally) => void
}

/** Seeds that a worker is given at once. */
const chunkSize = 50

/** What a seed leaves behind is garbage soon after: in so much room it is so before anybody copies it. */
const youngGenerationMb = 96

/** Runs many seeds, on all processors. */
export async function runSeeds(range: SeedRange): Promise<Tally> {
  const { from, count, mutant = null, untilFailure = false, onProgress } = range
  const tally = emptyTally()
  let next = from
  const take = (): SeedChunk | null => {
    const left = from + count - next
    if (left <= 0 || (untilFailure && tally.failed.length > 0)) return null
    const chunk = { from: next, count: Math.min(chunkSize, left), untilFailure }
    next += chunk.count
    return chunk
  }
  const add = ({ tally: part }: SeedAnswer): void => {
    merge(tally, part)
    onProgress?.(tally)
  }
  const workers = Math.min(availableParallelism(), Math.ceil(count / chunkSize))
  await Promise.all(Array.from({ length: workers }, () => work({ mutant }, take, add)))
  tally.failed.sort((a, b) => a.seed - b.seed)
  return tally
}

/** The hashes of these seeds' traces, in their order, from a thread of their own. */
export async function hashSeeds(seeds: readonly number[]): Promise<readonly string[]> {
  const hashes: string[] = []
  let asked: SeedsToHash | null = { seeds }
  const take = (): SeedsToHash | null => {
    const next = asked
    asked = null
    return next
  }
  await work({ mutant: null }, take, (found) => void hashes.push(...found.hashes))
  return hashes
}

/** One thread, from its first chunk to its last. */
async function work(
  workerData: SeedWorkerData,
  take: () => SeedChunk | SeedsToHash | null,
  add: (answer: SeedAnswer) => void,
): Promise<void> {
  const worker = new Worker(new URL('seed-worker.ts', import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const give = (): void => {
    const asked = take()
    if (asked === null) resolve()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- That is for windows; this is a thread.
    else worker.postMessage(asked)
  }
  worker.on('message', (answer: SeedAnswer) => {
    add(answer)
    give()
  })
  worker.once('error', reject)
  worker.once('exit', (code) => reject(new Error(`A worker of the simulation exited: ${code}.`)))
  give()
  try {
    await promise
  } finally {
    worker.removeAllListeners('exit')
    await worker.terminate()
  }
}
