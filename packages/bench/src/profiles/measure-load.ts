/** A closed loop of sagas, with the worker in the same process or in others, and what it cost. */
import { CpuWatch } from '../harness/cpu-watch.ts'
import { treeCpuMs } from '../harness/cpu-time.ts'
import { postgresCost } from '../harness/postgres-cost.ts'
import type { PostgresCost } from '../harness/run-result.ts'
import type { LatencySummary } from '../runner/run-report.ts'
import type { EngineProcess } from './engine-process.ts'
import type { ProfileContext } from './profile.ts'
import type { SagaSpec } from './program/calls.ts'
import type { Scene } from './stage.ts'

/** Turns at once in a worker: what the bench beside the peers sets, too. */
export const CONCURRENCY = 200

/** What is loaded, and how. */
export interface LoadPlan {
  readonly saga: SagaSpec
  readonly inFlight: number
  /** Processes that only work; with 0 the client has the worker. */
  readonly workers: number
  /** For the client's process; none unless given. */
  readonly v8Flags?: readonly string[]
  /** Whether that process calls `keepHeapSmall`; it does not unless told. */
  readonly keepsHeapSmall?: boolean
}

/** What came of it, in the window unless said otherwise. */
export interface LoadFigures {
  readonly sagas: number
  readonly steps: number
  readonly seconds: number
  readonly latencyMs: LatencySummary
  /** CPU time of the processes of Backstep, and of the servers. */
  readonly nodeCpuMs: number
  readonly storeCpuMs: number
  /** Of one saga, over all that the run ran. */
  readonly postgres: PostgresCost
  readonly clientRssMb: number
  /** Of each process that only works. */
  readonly workerRssMb: readonly number[]
  /** What the client's process still needs of its heap while the load is on. */
  readonly liveHeapMb: number
  readonly complaints: number
  /** Processors that other programs kept busy meanwhile. */
  readonly strangerCores: number
}

/** Warms up, measures, lets everything end, and counts. */
export const measureLoad = (plan: LoadPlan, context: ProfileContext): Promise<LoadFigures> =>
  context.stage.fresh(async (scene) => {
    const before = await scene.counters()
    const processes = await startProcesses(plan, scene)
    const { client, all } = processes
    await client.ask('warmUp', { inFlight: plan.inFlight, seconds: context.quick ? 1 : 4 })
    const window = await watchWindow(processes, scene, context.quick ? 1 : 5)
    const liveHeap = await client.ask('liveHeap', null)
    const { sagas } = await client.ask('finish', null)
    const memory = all.map((one) => one.peakRssMb)
    const complaints = await countComplaints(all)
    for (const one of all) await one.stop()
    const after = await scene.counters()
    const postgres = postgresCost(before.postgres, after.postgres, sagas)
    if (postgres === null) throw new Error('Postgres did not count.')
    const [clientRssMb = Number.NaN, ...workerRssMb] = memory
    const liveHeapMb = liveHeap.megabytes
    return { ...window, postgres, clientRssMb, workerRssMb, liveHeapMb, complaints }
  })

interface Processes {
  readonly client: EngineProcess
  /** Those with a worker in them. */
  readonly working: readonly EngineProcess[]
  /** The client first. */
  readonly all: readonly EngineProcess[]
}

const startProcesses = async (
  { saga, workers, v8Flags, keepsHeapSmall }: LoadPlan,
  { start }: Scene,
): Promise<Processes> => {
  const worker = { concurrency: CONCURRENCY }
  const others: EngineProcess[] = []
  for (let n = 0; n < workers; n += 1) others.push(await start({ saga, worker }))
  const spec = { saga, worker: workers === 0 ? worker : null }
  const client = await start({ ...spec, keepsHeapSmall: keepsHeapSmall ?? false }, v8Flags)
  return { client, working: workers === 0 ? [client] : others, all: [client, ...others] }
}

type WindowFigures = Omit<
  LoadFigures,
  'postgres' | 'clientRssMb' | 'workerRssMb' | 'liveHeapMb' | 'complaints'
>

const watchWindow = async (
  { client, working, all }: Processes,
  { serverPids }: Scene,
  seconds: number,
): Promise<WindowFigures> => {
  const watch = new CpuWatch(serverPids)
  const nodeCpuMs = (): number => treeCpuMs(all.map(({ pid }) => pid))
  watch.open()
  const cpuBefore = nodeCpuMs()
  const stepsBefore = await countSteps(working)
  const report = await client.ask('measure', { seconds })
  const steps = (await countSteps(working)) - stepsBefore
  const cpuMs = nodeCpuMs() - cpuBefore
  watch.close()
  const { storesMs, strangerCores } = watch.shares()
  return { ...report, steps, nodeCpuMs: cpuMs, storeCpuMs: storesMs, strangerCores }
}

const countSteps = async (working: readonly EngineProcess[]): Promise<number> => {
  const counts = await Promise.all(working.map((one) => one.ask('counted', null)))
  return counts.reduce((sum, { steps }) => sum + steps, 0)
}

/** How often the engine has warned, or worse, in these processes. */
export const countComplaints = async (processes: readonly EngineProcess[]): Promise<number> => {
  const counts = await Promise.all(processes.map((one) => one.ask('counted', null)))
  return counts.reduce((sum, { complaints }) => sum + complaints, 0)
}
