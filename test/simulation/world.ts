import { MemoryStore, SeededIds } from '../../packages/engine/src/memory/index.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import type { LogFields, Logger } from '../../packages/engine/src/ports/logger.ts'
import type { Engine } from '../../packages/engine/src/runtime/engine.ts'
import { Draws } from './draws.ts'
import { Faults } from './faults.ts'
import { HostileQueue } from './hostile-queue.ts'
import { Ledger } from './ledger.ts'
import { nodeStoreOf, type NodeStore } from './node-store.ts'
import { SimNode } from './node.ts'
import { planOf, shapes, type Shape } from './shapes.ts'
import { Timeline } from './timeline.ts'
import { Trace } from './trace.ts'
import { Witness } from './witness.ts'

/** What a world is built on; a mutant is a world that is built on something broken. */
export interface Foundations {
  /** Makes the store, on the world's clock. */
  readonly makeStore: (now: () => number) => NodeStore
  /** What stands between a process's runtime and its ports. */
  readonly engineOf: (engine: Engine) => Engine
  /** What processes take a plan for. */
  readonly planFor: (plan: Plan) => Plan
}

/** The memory store in the place of Postgres, and the ports as they are. */
export const soundFoundations: Foundations = {
  makeStore: (now) => nodeStoreOf(new MemoryStore({ now })),
  engineOf: (engine) => engine,
  planFor: (plan) => plan,
}

/** How a world is made. */
export interface WorldOptions {
  readonly seed: number
  /** Whether the trace is kept for a reader. */
  readonly keepsTrace: boolean
  readonly foundations: Foundations
}

/** What the store's clock says when the world begins, in milliseconds since 1970. */
export const beginningMs = 1_893_456_000_000

/** Clocks of processes run so much too fast or too slow: far less than the margin of a lease. */
const driftOf = { none: [1], some: [0.98, 0.99, 1, 1.01, 1.02] } as const

/** Everything that all processes of one seed share. */
export class World {
  readonly draws: Draws
  readonly trace: Trace
  readonly timeline: Timeline
  readonly faults: Faults
  readonly witness: Witness
  readonly queue: HostileQueue
  readonly ledger: Ledger
  /** The shapes that its sagas have: few enough that they meet each other, and that a process does not begin for ever. */
  readonly cast: readonly Shape[]
  /** A seed without faults of the world: what comes of its sagas is known beforehand. */
  readonly isCalm: boolean
  readonly engineOf: Foundations['engineOf']
  readonly planFor: Foundations['planFor']
  readonly #drifts: readonly number[]

  constructor({ seed, keepsTrace, foundations }: WorldOptions) {
    this.engineOf = foundations.engineOf
    this.planFor = foundations.planFor
    this.draws = new Draws(seed)
    this.trace = new Trace(keepsTrace)
    this.timeline = new Timeline(this.draws, this.trace)
    this.isCalm = this.draws.chance(0.06)
    this.cast = drawCast(this.draws)
    this.faults = new Faults(this.draws, this.isCalm)
    const { timeline, faults, draws } = this
    const store = foundations.makeStore(() => beginningMs + timeline.nowMs)
    const ledger = new Ledger(draws.chance(0.5))
    this.ledger = ledger
    const onCommitted = (callNo: number): void => ledger.commit(callNo, timeline.nowMs)
    this.witness = new Witness({ store, timeline, faults, planOf, onCommitted })
    this.queue = new HostileQueue({ timeline, faults, draws })
    this.#drifts = draws.chance(0.5) ? driftOf.none : driftOf.some
  }

  /** A new process. */
  node(name: string): SimNode {
    const clockRate = this.draws.pick(this.#drifts)
    if (clockRate !== 1) this.faults.count('clock_drift')
    const { timeline, draws, trace } = this
    return new SimNode({ name, timeline, draws, trace, clockRate })
  }

  /** Names that no other process makes. */
  ids(): SeededIds {
    return new SeededIds(this.draws.bits())
  }

  /** What a process has to say goes into the trace; that a turn broke must never happen. */
  logger(node: SimNode): Logger {
    const note = (fields: LogFields, message: string): void => {
      const { err } = fields
      const why = err instanceof Error ? ` (${err.message})` : ''
      this.trace.note(this.timeline.nowMs, `${node.name} says: ${message}${why}`)
    }
    return {
      debug() {},
      info() {},
      warn: note,
      error: (fields, message) => {
        note(fields, message)
        const { err, sagaId } = fields
        if (!(err instanceof Error) || err.name === 'BackstepError') return
        this.witness.accuse(String(sagaId), `${node.name}: ${message}: ${err.message}`)
      },
    }
  }
}

function drawCast(draws: Draws): readonly Shape[] {
  const left = [...shapes]
  return Array.from({ length: draws.between(3, 4) }, () => {
    const drawn = draws.pick(left)
    left.splice(left.indexOf(drawn), 1)
    return drawn
  })
}
