import { isBackstepError } from '../../packages/engine/src/core/backstep-error.ts'
import { branchOf, currentNode } from '../../packages/engine/src/core/state-patch.ts'
import type { SignalAnswer } from '../../packages/engine/src/runtime/send-signal.ts'
import type { WaitNode } from '../../packages/engine/src/core/plan.ts'
import { mainBranch, type SagaState } from '../../packages/engine/src/core/state.ts'
import { Callers } from './callers.ts'
import type { Fleet } from './fleet.ts'
import type { Notice } from './notice.ts'
import type { SimProcess } from './process.ts'
import type { SagaRecord } from './saga-record.ts'
import type { World } from './world.ts'

/** A signal that somebody sends. */
export interface Letter {
  readonly sagaId: string
  readonly name: string
  /** Null when its sender leaves that to the engine. */
  readonly id: string | null
  readonly payload: Notice
}

/** A signal that was sent, and what its sender was told. */
export interface SentLetter extends Letter {
  readonly status: SignalAnswer['status']
}

/** How soon after its start a saga has its first letters. */
const firstMs = 2_500

/** Sends signals: before anybody waits, twice, with payloads that nobody can use, and after the end. */
export class Postman {
  readonly sent: SentLetter[] = []
  readonly callers: Callers
  readonly #world: World
  readonly #fleet: Fleet
  readonly #letters: Letter[] = []
  #no = 0

  constructor(world: World, fleet: Fleet) {
    this.#world = world
    this.#fleet = fleet
    this.callers = new Callers(world.timeline)
  }

  /** Somebody has started a saga, and writes to it for some of its waits. */
  greet(sagaId: string): void {
    const { draws, timeline, witness } = this.#world
    const record = witness.sagas.get(sagaId)
    for (const { name } of record === undefined ? [] : waitsOf(record)) {
      if (!draws.chance(0.65)) continue
      const letter = this.#letter(sagaId, name)
      const ms = draws.between(0, firstMs)
      timeline.after(ms, null, `somebody writes to ${sagaId}`, () => this.#send(letter))
    }
  }

  /** Somebody writes to some saga, whatever has become of it. */
  write(): void {
    const { witness, draws, faults } = this.#world
    const record = pickOr(draws, [...witness.sagas.values()].filter(isWaiting))
    if (record === null) return
    faults.count('signal')
    const earlier = this.#letters.filter(({ sagaId }) => sagaId === record.sagaId)
    const again = draws.chance(0.3) ? pickOr(draws, earlier) : null
    if (again !== null) return this.#send(again)
    this.#send(this.#letter(record.sagaId, draws.pick(waitsOf(record)).name))
  }

  /** In a world that is well, everybody who waits without end has a letter that can be used. */
  deliver(): void {
    for (const { sagaId, plan, state } of this.#world.witness.sagas.values()) {
      if (plan === null || state?.status !== 'running' || state.fork !== null) continue
      const node = currentNode(plan, state, mainBranch)
      if (node?.type !== 'wait' || node.timeoutMs !== null || hasPost(state, node)) continue
      this.#send({ ...this.#letter(sagaId, node.name), payload: this.#notice(true) })
    }
  }

  /** Whether the saga is on its way to the wait, and not there yet. */
  #isEarly({ sagaId, name }: Letter): boolean {
    const { plan = null, state = null } = this.#world.witness.sagas.get(sagaId) ?? {}
    if (plan === null || state?.status !== 'running') return false
    const { cursor } = branchOf(state, mainBranch)
    return plan.nodes.slice(cursor + 1).some((node) => node.name === name)
  }

  #letter(sagaId: string, name: string): Letter {
    const { draws } = this.#world
    const payload = this.#notice(draws.chance(0.75))
    const id = draws.chance(0.8) ? `letter ${payload.no}` : null
    const letter = { sagaId, name, id, payload }
    this.#letters.push(letter)
    return letter
  }

  #notice(isValid: boolean): Notice {
    this.#no += 1
    return { no: this.#no, isValid }
  }

  #send(letter: Letter): void {
    const process = this.#fleet.anybody()
    if (process !== null) this.callers.count(this.#sendBy(process, letter), process)
  }

  async #sendBy({ backstep }: SimProcess, letter: Letter): Promise<void> {
    const { sagaId, name, id, payload } = letter
    try {
      const named = id === null ? {} : { id }
      const { status } = await backstep.signal(sagaId, { name, payload, ...named })
      this.#keep({ ...letter, status })
    } catch (error) {
      this.#failed(letter, error)
    }
  }

  #keep(letter: SentLetter): void {
    const { faults } = this.#world
    const { id, status } = letter
    if (id !== null && this.sent.some((each) => each.id === id)) faults.count('signal_repeated')
    if (status === 'late') faults.count('signal_late')
    if (this.#isEarly(letter)) faults.count('signal_early')
    this.sent.push(letter)
  }

  #failed(letter: Letter, error: unknown): void {
    const { faults, witness, draws, timeline } = this.#world
    const { sagaId, payload } = letter
    if (isBackstepError(error, 'SIGNAL_INVALID') && !payload.isValid) {
      return faults.count('signal_invalid')
    }
    if (!isBackstepError(error, 'DATABASE_UNAVAILABLE')) {
      return witness.accuse(sagaId, `signal failed: ${String(error)}`)
    }
    // Whether it was sent is not known; under its id it is the same one.
    if (!draws.chance(0.7)) return
    const ms = draws.between(1, 500)
    timeline.after(ms, null, `somebody writes to ${sagaId} again`, () => this.#send(letter))
  }
}

function pickOr<Item>(draws: World['draws'], items: readonly Item[]): Item | null {
  return items.length === 0 ? null : draws.pick(items)
}

function waitsOf({ plan }: SagaRecord): readonly WaitNode[] {
  return plan?.nodes.filter((node) => node.type === 'wait') ?? []
}

function isWaiting(record: SagaRecord): boolean {
  return waitsOf(record).length > 0
}

function hasPost({ signals }: SagaState, { name }: WaitNode): boolean {
  return signals.some((signal) => signal.name === name)
}
