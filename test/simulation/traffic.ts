import { isBackstepError } from '../../packages/engine/src/core/backstep-error.ts'
import type { ErrorCode } from '../../packages/engine/src/core/error-code.ts'
import type { RegisteredSaga } from '../../packages/engine/src/definition/saga-definition.ts'
import type { SagaHandle } from '../../packages/engine/src/runtime/backstep.ts'
import type { SagaResult } from '../../packages/engine/src/runtime/saga-result.ts'
import { Callers } from './callers.ts'
import type { Fleet } from './fleet.ts'
import { Postman } from './postman.ts'
import type { SimProcess } from './process.ts'
import type { SagaRecord } from './saga-record.ts'
import { drawScript, type Script } from './script.ts'
import { shapes } from './shapes.ts'
import type { World } from './world.ts'

/** A saga that an application wants. */
export interface Wish {
  readonly name: string
  readonly key: string | null
  readonly input: Script
}

/** A start that resolved. */
export interface StartedWish extends Wish {
  readonly sagaId: string
}

/** An end that a caller was told. */
export interface ToldResult {
  readonly sagaId: string
  readonly result: SagaResult<unknown>
}

/** What all the callers of a world ask for, and what they were told. */
export class Traffic {
  readonly started: StartedWish[] = []
  readonly conflicts: Wish[] = []
  readonly told: ToldResult[] = []
  readonly canceled = new Set<string>()
  readonly postman: Postman
  /** The longest time in which wishes are made. */
  readonly #spanMs: number
  readonly #world: World
  readonly #fleet: Fleet
  readonly #wishes: Wish[] = []
  readonly #callers: Callers

  constructor(world: World, fleet: Fleet, spanMs: number) {
    this.#world = world
    this.#fleet = fleet
    this.#spanMs = spanMs
    this.postman = new Postman(world, fleet)
    this.#callers = new Callers(world.timeline)
    const { draws, timeline } = world
    const count = draws.between(3, 7)
    for (let index = 0; index < count; index += 1) this.#wish(index)
    for (const wish of this.#wishes) {
      const burst = draws.chance(0.3) ? 0 : draws.between(0, this.#spanMs)
      timeline.after(40 + burst, null, `somebody wants ${wish.name}`, () => this.#start(wish))
    }
  }

  /** Whether everybody has an answer who is still there to have one. */
  get isAnswered(): boolean {
    return this.#callers.areAnswered && this.postman.callers.areAnswered
  }

  /** Somebody asks for some saga to be undone. */
  cancel(): void {
    const { witness, draws, faults } = this.#world
    const sagas = [...witness.sagas.values()]
    const process = this.#fleet.anybody()
    const wanted = draws.pick(['at work', 'at work', 'running', 'stuck', null] as const)
    const such = sagas.filter((record) => wanted === null || this.#is(record, wanted))
    if (such.length === 0 || process === null) return
    const { sagaId } = draws.pick(such)
    faults.count('cancel')
    this.canceled.add(sagaId)
    const asked = process.backstep.cancel(sagaId, { actor: 'ann', reason: 'a test' })
    this.#tolerate(asked, ['DATABASE_UNAVAILABLE'], `cancel of ${sagaId}`)
  }

  #is({ sagaId, state }: SagaRecord, wanted: 'at work' | 'running' | 'stuck'): boolean {
    if (wanted !== 'at work') return state?.status === wanted
    const { calls } = this.#world.ledger
    return calls.some(
      (call) => call.sagaId === sagaId && call.direction === 'action' && call.outcome === 'open',
    )
  }

  /** An operator sets some stuck saga going again. */
  retry(): boolean {
    const { witness, draws, faults } = this.#world
    const stuck = [...witness.sagas.values()].filter(({ state }) => state?.status === 'stuck')
    const process = this.#fleet.anybody()
    if (stuck.length === 0 || process === null) return false
    const { sagaId, state } = draws.pick(stuck)
    faults.count('operator_retry')
    const isParked = state?.status === 'stuck' && state.stuck.code === 'parked_by_policy'
    if (isParked) faults.count('park_retried')
    const asked = process.backstep.retry(sagaId, { actor: 'ann', reason: 'a test' })
    this.#tolerate(asked, ['DATABASE_UNAVAILABLE'], `retry of ${sagaId}`)
    return true
  }

  #wish(index: number): void {
    const { draws, isCalm } = this.#world
    const [earlier] = this.#wishes.slice(-1)
    if (earlier?.key !== undefined && earlier.key !== null && draws.chance(0.25)) {
      const { definition } = this.#shapeOf(earlier.name)
      const isSame = draws.chance(0.7)
      const input = isSame ? earlier.input : drawScript(draws, definition.plan, isCalm)
      this.#wishes.push({ ...earlier, input })
      return
    }
    const { definition } = draws.pick(this.#world.cast)
    const isTame = isCalm && draws.chance(0.5)
    const input = drawScript(draws, definition.plan, isTame)
    const key = draws.chance(0.5) ? `key-${index}` : null
    this.#wishes.push({ name: definition.name, key, input })
  }

  #shapeOf(name: string): (typeof shapes)[number] {
    const shape = shapes.find(({ definition }) => definition.name === name)
    if (shape === undefined) throw new RangeError(`There is no shape ${name}.`)
    return shape
  }

  #start(wish: Wish): void {
    const process = this.#fleet.anybody()
    const saga = process?.saga(wish.name)
    if (process === null || saga === undefined) {
      const { timeline } = this.#world
      timeline.after(50, null, `${wish.name} waits for somebody`, () => this.#start(wish))
      return
    }
    this.#callers.count(this.#startHere(wish, { process, saga }), process)
  }

  async #startHere(
    wish: Wish,
    how: { readonly process: SimProcess; readonly saga: RegisteredSaga },
  ): Promise<void> {
    const { process, saga } = how
    const { timeline, draws, witness } = this.#world
    const { input, key } = wish
    try {
      const options = key === null ? { input } : { input, key }
      const handle = await process.backstep.start(saga, options)
      this.started.push({ ...wish, sagaId: handle.sagaId })
      this.postman.greet(handle.sagaId)
      if (draws.chance(0.2)) this.#await(process, handle)
    } catch (error) {
      if (isBackstepError(error, 'KEY_CONFLICT')) {
        this.conflicts.push(wish)
        return
      }
      if (!isBackstepError(error, 'DATABASE_UNAVAILABLE')) {
        return witness.accuse(wish.name, `start failed: ${String(error)}`)
      }
      // Whether it was made is not known. Under its key it is the same saga, whoever starts it again; else it may be two.
      const ms = draws.between(1, 500)
      timeline.after(ms, null, `${wish.name} is wanted again`, () => this.#start(wish))
    }
  }

  #await({ backstep }: SimProcess, handle: SagaHandle<unknown>): void {
    const { sagaId } = handle
    const { draws } = this.#world
    const asked = draws.chance(0.5) ? handle.result() : backstep.result(sagaId, { timeout: '20s' })
    const kept = asked.then((result) => void this.told.push({ sagaId, result }))
    const known: readonly ErrorCode[] = ['DATABASE_UNAVAILABLE', 'WORKER_STOPPED', 'RESULT_TIMEOUT']
    // Not counted: a saga that is stuck keeps its callers waiting.
    kept.catch((error: unknown) => this.#refuse(error, known, `result of ${sagaId}`))
  }

  #tolerate(asked: Promise<unknown>, known: readonly ErrorCode[], what: string): void {
    asked.catch((error: unknown) => this.#refuse(error, known, what))
  }

  #refuse(error: unknown, known: readonly ErrorCode[], what: string): void {
    if (known.some((code) => isBackstepError(error, code))) return
    this.#world.witness.accuse(what, `failed: ${String(error)}`)
  }
}
