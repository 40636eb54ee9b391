import { hasFallback, type Plan, type StepNode } from '../core/plan.ts'
import type { Breaker, Breakers, CircuitState } from '../ports/breakers.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

/** The circuit of a step's action, of one version of its saga, in this process. All items of a forEach share it. */
export interface Circuit {
  readonly saga: string
  readonly version: number
  readonly step: string
  readonly state: CircuitState
}

type CircuitListener = (circuit: Circuit) => void

/** The circuits of this process: one for each step that has a breaker, shared by all of its workers. */
export class Circuits {
  readonly #ports: CircuitPorts
  readonly #breakers = new Map<string, Breaker>()
  readonly #known = new Map<string, Circuit>()
  readonly #listeners = new Set<CircuitListener>()

  constructor(ports: CircuitPorts) {
    this.#ports = ports
  }

  /** The breaker of a step; undefined of one that has none. */
  of(plan: Plan, node: StepNode): Breaker | undefined {
    if (node.breaker === undefined) return undefined
    const key = `${plan.version}@${plan.name}/${node.name}`
    const known = this.#breakers.get(key)
    if (known !== undefined) return known
    const circuit = { saga: plan.name, version: plan.version, step: node.name }
    const breaker = this.#ports.breakers.make({
      plan: node.breaker,
      clock: this.#ports.clock,
      onChange: (state) => this.#changed(key, { ...circuit, state }),
    })
    this.#breakers.set(key, breaker)
    this.#known.set(key, { ...circuit, state: 'closed' })
    return breaker
  }

  /** Whether the first step of a saga would do something now: not only wait for its circuit. Looks only. */
  mayBegin(plan: Plan): boolean {
    const [first] = plan.nodes
    if (first?.type !== 'step' || hasFallback(first)) return true
    const breaker = this.of(plan, first)
    return breaker === undefined || (breaker.state !== 'half_open' && breaker.restMs() === 0)
  }

  /**
   * How long what was kept back is to wait: until the circuit may be half-open, and then not all at once. At least a second,
   * so that it is given back, and waits in no slot.
   */
  waitMs({ breaker: plan }: StepNode, breaker: Breaker): number {
    const spreadMs = (plan?.halfOpenAfterMs ?? 0) / 2
    const waitMs = breaker.restMs() + this.#ports.clock.random() * spreadMs
    return Math.max(shortestWaitMs, Math.ceil(waitMs))
  }

  /**
   * Has somebody told of every change from now on, and of the circuits that are not closed now.
   *
   * @returns tells no more
   */
  onChange(listener: CircuitListener): () => void {
    this.#listeners.add(listener)
    for (const circuit of this.#known.values()) if (circuit.state !== 'closed') listener(circuit)
    return () => void this.#listeners.delete(listener)
  }

  #changed(key: string, circuit: Circuit): void {
    this.#known.set(key, circuit)
    const { logger } = this.#ports
    if (circuit.state === 'open') logger.warn({ ...circuit }, 'circuit open: attempts wait')
    else logger.info({ ...circuit }, 'circuit changed')
    for (const listener of this.#listeners) listener(circuit)
  }
}

/** What circuits are made of. */
export interface CircuitPorts {
  readonly breakers: Breakers
  readonly clock: Clock
  readonly logger: Logger
}

const shortestWaitMs = 1_000
