import { befallings, type Befalling, type FaultCounts } from './faults.ts'
import { Fleet } from './fleet.ts'
import type { SimProcess } from './process.ts'
import { judge } from './verdict.ts'
import { takeRefused } from './real-time.ts'
import { Traffic } from './traffic.ts'
import { soundFoundations, World, type Foundations } from './world.ts'

/** What came of a seed. */
export interface SeedReport {
  readonly seed: number
  readonly violations: readonly string[]
  readonly faults: FaultCounts
  readonly sagas: number
  /** Tasks that were brought to a worker: by a hint, by its sweep, by a takeover, or at their birth. */
  readonly deliveries: number
  /** Claims that were granted, by whatever way the work was found. */
  readonly grants: number
  readonly events: number
  readonly simulatedMs: number
  readonly ends: Readonly<Record<string, number>>
  readonly traceHash: string
  /** Only where they were asked for. */
  readonly lines: readonly string[]
}

/** How a seed is run. */
export interface SeedOptions {
  readonly foundations?: Foundations
  readonly keepsTrace?: boolean
}

/** After the world has healed, everything has to be at rest within this time. */
const livenessLimitMs = 240_000

/** More events than that are a loop. */
const eventLimit = 300_000

/** Time in which nothing may begin any more before all is taken to be at rest. */
const restMs = 900

/** So often does the postman come. */
const deliveryMs = 700

/** In a world that is well, all processes have stopped within this time. */
const closeLimitMs = 10_000

/** Runs one seed from its beginning to its verdict. */
export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedReport> {
  const { foundations = soundFoundations, keepsTrace = false } = options
  const world = new World({ seed, keepsTrace, foundations })
  try {
    await new SeedRun(world).toTheEnd()
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    world.witness.accuse('the world', `it broke: ${what}`)
  }
  for (const name of takeRefused()) world.witness.accuse('the world', `${name} was used`)
  const { witness, queue, timeline, trace, faults } = world
  return {
    seed,
    violations: witness.violations,
    faults: faults.counts,
    sagas: witness.sagas.size,
    deliveries: queue.deliveries + witness.found,
    grants: witness.grants,
    events: timeline.happened,
    simulatedMs: timeline.nowMs,
    ends: endsOf(world),
    traceHash: trace.hash,
    lines: trace.lines,
  }
}

function endsOf({ witness }: World): Readonly<Record<string, number>> {
  const ends: Record<string, number> = {}
  for (const { state } of witness.sagas.values()) {
    const end = state?.status === 'stuck' ? `stuck: ${state.stuck.code}` : (state?.status ?? 'none')
    ends[end] = (ends[end] ?? 0) + 1
  }
  return ends
}

class SeedRun {
  readonly #world: World
  readonly #fleet: Fleet
  readonly #traffic: Traffic
  readonly #troubleMs: number

  constructor(world: World) {
    this.#world = world
    const { draws, isCalm } = world
    this.#troubleMs = isCalm ? 500 : draws.between(800, 6_000)
    this.#fleet = new Fleet(world)
    this.#traffic = new Traffic(world, this.#fleet, this.#troubleMs * 0.7)
  }

  async toTheEnd(): Promise<void> {
    const { faults, draws, timeline } = this.#world
    this.#fleet.start()
    if (!this.#world.isCalm) for (const kind of befallings) this.#befall(kind)
    await this.#run(this.#troubleMs, () => false)
    faults.heal()
    await timeline.now('the world heals', () => this.#fleet.heal())
    this.#deliver()
    await this.#untilRest()
    if (draws.chance(0.5)) await this.#retry()
    await this.#close()
    judge(this.#world, this.#traffic)
  }

  /** In a world that is well, nobody waits for ever. */
  #deliver(): void {
    this.#traffic.postman.deliver()
    this.#world.timeline.after(deliveryMs, null, 'the postman comes', () => this.#deliver())
  }

  /** In a world that is well, an operator looks after what is stuck. */
  async #retry(): Promise<void> {
    let isAsked = false
    await this.#world.timeline.now('an operator looks around', () => {
      isAsked = this.#traffic.retry()
    })
    if (isAsked) await this.#untilRest()
  }

  /** Lets a trouble come again and again, as long as the world is unwell. */
  #befall(kind: Befalling): void {
    const { faults, timeline } = this.#world
    const ms = faults.nextIn(kind)
    if (ms === null || timeline.nowMs + ms >= this.#troubleMs) return
    timeline.after(ms, null, `trouble: ${kind}`, () => {
      this.#strike(kind)
      this.#befall(kind)
    })
  }

  #strike(kind: Befalling): void {
    switch (kind) {
      case 'queue_flushed':
        this.#world.queue.flush()
        this.#world.faults.count(kind)
        return
      case 'cancel':
        return this.#traffic.cancel()
      case 'signal':
        return this.#traffic.postman.write()
      case 'operator_retry':
        return void this.#traffic.retry()
      case 'crash':
      case 'freeze':
      case 'shutdown':
      case 'cut_off':
        return this.#fleet.strike(kind)
    }
  }

  /** Runs until all sagas have ended or are stuck, and nobody has anything under way; that must not take for ever. */
  async #untilRest(): Promise<void> {
    const { timeline } = this.#world
    const limitMs = timeline.nowMs + livenessLimitMs
    for (;;) {
      const isAtRest = await this.#run(limitMs, () => this.#isAtRest())
      if (!isAtRest) return this.#accuseTheRestless()
      const untilMs = timeline.nowMs + restMs
      const stirred = await this.#run(untilMs, () => !this.#isAtRest())
      if (!stirred) return
    }
  }

  #accuseTheRestless(): void {
    const { witness } = this.#world
    for (const { sagaId, isMoving, state } of witness.sagas.values()) {
      if (isMoving) witness.accuse(sagaId, `it is ${state?.status} and comes to no end`)
    }
    witness.accuse('the world', 'it does not come to rest')
  }

  #isAtRest(): boolean {
    const { witness, ledger } = this.#world
    if (!this.#traffic.isAnswered) return false
    for (const record of witness.sagas.values()) if (record.isMoving) return false
    if (!this.#fleet.processes.every(({ isIdle }) => isIdle)) return false
    return ledger.calls.every(({ outcome, hangs }) => outcome !== 'open' || hangs)
  }

  /** Lets things happen up to that time. True as soon as `isOver` is. */
  #run(untilMs: number, isOver: () => boolean): Promise<boolean> {
    const { timeline } = this.#world
    return timeline.run(untilMs, () => {
      if (timeline.happened > eventLimit) throw new RangeError('It goes round and round.')
      return isOver()
    })
  }

  /** Everybody stops, in good order. */
  async #close(): Promise<void> {
    const { timeline, witness } = this.#world
    const { processes } = this.#fleet
    let left = processes.length
    const stop = (process: SimProcess): void =>
      void process.stop().then(
        () => (left -= 1),
        (error: unknown) => witness.accuse(process.node.name, `it does not stop: ${String(error)}`),
      )
    await timeline.now('everybody stops', () => processes.forEach(stop))
    const isOver = await this.#run(timeline.nowMs + closeLimitMs, () => left === 0)
    if (!isOver) witness.accuse('the world', `${left} processes have not stopped`)
  }
}
