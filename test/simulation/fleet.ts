import { isBackstepError } from '../../packages/engine/src/core/backstep-error.ts'
import type { WorkerTuning } from '../../packages/engine/src/runtime/settings.ts'
import type { Draws } from './draws.ts'
import { ms, SimProcess, type ProcessSpec } from './process.ts'
import type { RegisteredSaga } from '../../packages/engine/src/definition/saga-definition.ts'
import type { World } from './world.ts'

const queues = ['default', 'second'] as const

/** All processes of a world: who there is, who dies, and who comes back. */
export class Fleet {
  readonly #world: World
  readonly #specs: readonly ProcessSpec[]
  readonly #running = new Map<string, SimProcess>()
  readonly #leaseMs: number
  #incarnations = 0

  constructor(world: World) {
    this.#world = world
    const { draws, cast } = world
    const tuning = drawTuning(draws)
    this.#leaseMs = tuning.leaseMs
    const sagas = cast.map(({ definition }) => definition)
    this.#specs = drawSpecs(draws, tuning.tuning, sagas)
  }

  get leaseMs(): number {
    return this.#leaseMs
  }

  /** Everybody who is alive. */
  get processes(): readonly SimProcess[] {
    return [...this.#running.values()]
  }

  /** Somebody who can be asked for something; null when there is nobody. */
  anybody(): SimProcess | null {
    const ready = this.processes.filter((process) => process.isReady && !process.isStopping)
    return ready.length === 0 ? null : this.#world.draws.pick(ready)
  }

  /** Starts everybody. */
  start(): void {
    const { draws, isCalm, faults } = this.#world
    for (const spec of this.#specs) {
      const isOld = !isCalm && spec.queues.length > 0 && draws.chance(0.03)
      if (isOld) faults.count('old_version_here')
      // A worker of an old deployment: it does not know every definition of its queues yet.
      this.#spawn(isOld ? { ...spec, sagas: spec.sagas.slice(1) } : spec)
    }
  }

  /** Something befalls one of them. */
  strike(kind: 'crash' | 'freeze' | 'shutdown' | 'cut_off'): void {
    const { draws, faults } = this.#world
    const up = this.processes.filter(({ node }) => node.isUp)
    if (up.length === 0) return
    // Whoever is at work has more to lose.
    const busy = up.filter(({ isBusy }) => isBusy)
    const struck = draws.pick(busy.length > 0 && draws.chance(0.7) ? busy : up)
    faults.count(kind)
    switch (kind) {
      case 'crash':
        return this.#crash(struck)
      case 'freeze':
        return this.#freeze(struck)
      case 'shutdown':
        return this.#shutDown(struck)
      case 'cut_off':
        return this.#cutOff(struck)
    }
  }

  /** Everybody is there, with everything that they need to know. */
  heal(): void {
    for (const process of this.processes) {
      process.node.thaw()
      process.node.cutOff(false)
      const isWhole = process.spec.sagas.length === this.#world.cast.length
      if (!isWhole && !process.isStopping) this.#shutDown(process)
    }
  }

  #spawn(spec: ProcessSpec): void {
    const { timeline, draws, witness } = this.#world
    this.#incarnations += 1
    const onKilled = (killed: SimProcess): void => this.#crash(killed)
    const process = new SimProcess(this.#world, spec, { no: this.#incarnations, onKilled })
    this.#running.set(spec.name, process)
    process.node.reach(draws.between(0, 30), 'begins', () => {
      process.start().catch((error: unknown) => {
        if (!isBackstepError(error, 'DATABASE_UNAVAILABLE')) {
          witness.accuse(process.node.name, `it does not start: ${String(error)}`)
        }
        timeline.after(0, process.node, `${process.node.name} exits`, () => this.#crash(process))
      })
    })
  }

  #crash(process: SimProcess): void {
    const { timeline, draws } = this.#world
    process.die()
    const { name } = process.spec
    if (this.#running.get(name) !== process) return
    this.#running.delete(name)
    const spec = this.#specs.find((one) => one.name === name)
    if (spec === undefined) return
    timeline.after(draws.between(20, 2_500), null, `${name} is started again`, () => {
      this.#spawn(spec)
    })
  }

  #freeze({ node }: SimProcess): void {
    const { timeline, draws } = this.#world
    node.freeze()
    const frozenMs = draws.between(50, this.#leaseMs * 3)
    timeline.after(frozenMs, null, `${node.name} goes on`, () => node.thaw())
  }

  #cutOff({ node }: SimProcess): void {
    const { timeline, draws } = this.#world
    node.cutOff(true)
    const awayMs = draws.between(50, this.#leaseMs * 2)
    timeline.after(awayMs, null, `${node.name} is back`, () => node.cutOff(false))
  }

  #shutDown(process: SimProcess): void {
    if (process.isStopping) return
    const { timeline, witness } = this.#world
    const { node } = process
    const askedMs = timeline.nowMs
    process.stop().then(
      () => void timeline.after(0, node, `${node.name} exits`, () => this.#crash(process)),
      (error: unknown) => witness.accuse(node.name, `it does not stop: ${String(error)}`),
    )
    const limitMs = process.stopLimitMs
    // Owned by the process: who is frozen meanwhile, or dead, has kept nobody waiting.
    timeline.after(limitMs, node, `${node.name} has stopped by now`, () => {
      const isLate = timeline.nowMs > askedMs + limitMs
      if (!process.hasStopped && !isLate && !node.wasFrozenSince(askedMs)) {
        witness.accuse(node.name, `it has not stopped after ${limitMs} ms`)
      }
    })
  }
}

function drawTuning(draws: Draws): { readonly tuning: WorkerTuning; readonly leaseMs: number } {
  const leaseMs = draws.pick([900, 1_500, 3_000])
  const tuning: WorkerTuning = {
    lease: ms(leaseMs),
    heartbeat: ms(leaseMs / draws.pick([3, 4])),
    sweep: ms(draws.pick([300, 500, 800])),
    dispatchGrace: ms(draws.pick([100, 500, 1_000])),
    abortGrace: ms(draws.pick([50, 300, 800])),
    shutdownGrace: ms(draws.pick([1_500, 3_000])),
    ...(draws.chance(0.25) ? { turn: 'step' as const } : {}),
    ...(draws.chance(0.2) ? { eagerFirstTurn: false } : {}),
    ...(draws.chance(0.2) ? { maxStepsPerTurn: 2 } : {}),
  }
  return { tuning, leaseMs }
}

/** One to three workers that serve both queues between them, and sometimes somebody who only starts sagas. */
function drawSpecs(
  draws: Draws,
  tuning: WorkerTuning,
  sagas: readonly RegisteredSaga[],
): readonly ProcessSpec[] {
  const serves = draws.pick([
    [queues],
    [queues, queues],
    [[queues[0]], [queues[1]]],
    [queues, [queues[1]]],
    [queues, [queues[0]], [queues[1]]],
  ])
  const workers = serves.map((served, index) => ({
    name: `w${index + 1}`,
    queues: [...served],
    concurrency: draws.pick([1, 2, 4, 20]),
    tuning,
    sagas,
  }))
  const client = { name: 'c', queues: [], concurrency: 1, tuning, sagas }
  return draws.chance(0.5) ? [...workers, client] : workers
}
