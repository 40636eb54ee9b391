import { setImmediate } from 'node:timers/promises'

import type { PostgresStore } from '@backstep/engine/postgres'

import { ClockedBreakers } from '../../packages/engine/src/memory/clocked-breakers.ts'
import { Backstep } from '../../packages/engine/src/runtime/backstep.ts'
import type { Registry } from '../../packages/engine/src/runtime/registry.ts'
import { silentLogger } from '../../packages/engine/src/runtime/silent-logger.ts'
import { systemIds } from '../../packages/engine/src/runtime/system-ids.ts'
import { HandWorker } from './hand-worker.ts'
import type { Lane } from './lane.ts'
import { Ledger } from './ledger.ts'
import { observe, type ObservedSaga, type ObservedTask } from './observed.ts'
import { rowProblems } from './row-problems.ts'
import { SagaModel, type Cause } from './saga-model.ts'
import { allSteps, type Shape, type ShapeName } from './shapes.ts'
import type { HandTurn, Scene, WorkerName } from './stage.ts'

/** Where sequences run one after the other: a database, the definitions in it, and who knows them. */
export interface Ground {
  readonly lane: Lane
  /** What the workers write with; a test puts a broken one here. */
  readonly store: PostgresStore
  readonly versions: readonly Readonly<Record<ShapeName, Shape>>[]
  readonly registry: Registry
  /** Of a worker that has the code of none of them. */
  readonly strangers: Registry
}

const nothing: Cause = { type: 'nothing' }

/** One sequence: its sagas, its workers and its participants, and what is wrong with them after each command. */
export class World {
  readonly ledger = new Ledger()
  readonly backstep: Backstep
  readonly models: (SagaModel | null)[]
  version = 1
  /** How many commands were done. */
  done = 0
  readonly #ground: Ground
  readonly #shapes: readonly ShapeName[]
  readonly #pending = new Set<Promise<unknown>>()
  readonly #workers = new Map<WorkerName, HandWorker>()
  readonly #turns: HandTurn[] = []
  readonly #seen = new Set<Scene>()
  /** How many turns there had been when whoever has a name now came. */
  readonly #births = new Map<WorkerName, number>()
  #observed: ReadonlyMap<string, ObservedSaga> = new Map()

  constructor(ground: Ground, shapes: readonly ShapeName[]) {
    const { lane, store } = ground
    this.#ground = ground
    this.#shapes = shapes
    this.models = shapes.map(() => null)
    const stores = { sagas: store, tasks: store, transactions: store, definitions: store }
    const rest = {
      queries: store,
      pauses: store,
      limits: store,
      queue: deafQueue,
      breakers: new ClockedBreakers(),
    }
    const tools = { clock: lane.clock, ids: systemIds, logger: silentLogger }
    this.backstep = new Backstep({ ...stores, ...rest, ...tools }, async () => {})
  }

  get lane(): Lane {
    return this.#ground.lane
  }

  get isEmpty(): boolean {
    return this.models.every((model) => model === null)
  }

  model(place: number): SagaModel | null {
    return this.models[place] ?? null
  }

  nameAt(place: number): string {
    return this.#shapes[place] ?? 'nothing'
  }

  /** Starts the saga of a place, in the version that is registered by now. */
  async start(place: number): Promise<void> {
    const name = this.#shapes[place]
    const shape = name === undefined ? undefined : this.#ground.versions[this.version - 1]?.[name]
    if (shape === undefined) throw new RangeError(`There is no place ${place}.`)
    const { sagaId } = await this.backstep.start(shape.definition, { input: { place } })
    this.models[place] = new SagaModel(sagaId, shape)
  }

  worker(name: WorkerName): HandWorker {
    const living = this.#workers.get(name)
    if (living !== undefined && !living.isDead) return living
    const { lane, store, registry, strangers } = this.#ground
    const worker = new HandWorker({
      name,
      lane,
      store,
      pending: this.#pending,
      registry: name === 'stranger' ? strangers : registry,
      onTurn: (begun) => {
        const turn = { ...begun, number: this.#turns.length, scene: null, isOver: false }
        this.#turns.push(turn)
        return turn
      },
    })
    this.#workers.set(name, worker)
    return worker
  }

  /** Tasks that a hint would have claimed now. */
  claimable(place: number): readonly ObservedTask[] {
    const tasks = this.#observed.get(this.model(place)?.sagaId ?? '')?.tasks ?? []
    return tasks.filter(({ isClaimed, isDue }) => !isClaimed && isDue)
  }

  get hasClaims(): boolean {
    return [...this.#observed.values()].some(({ tasks }) => tasks.some((task) => task.isClaimed))
  }

  isBusy(name: WorkerName): boolean {
    return this.#turns.some((turn) => turn.worker === name && !turn.isOver && this.#lives(turn))
  }

  /** Turns whose handlers wait to be told how they end, in workers that live. */
  onStage(place: number): readonly HandTurn[] {
    const sagaId = this.model(place)?.sagaId
    return this.#turns.filter(
      (turn) => turn.sagaId === sagaId && turn.scene !== null && this.#lives(turn),
    )
  }

  /** The claim is its own, as far as anybody can know: nobody has taken the branch over, and its time is not up. */
  holds(turn: HandTurn): boolean {
    const { sagaId, branch, number } = turn
    const later = (other: HandTurn): boolean =>
      other.number > number && other.sagaId === sagaId && other.branch === branch
    return !turn.isOver && !this.#turns.some(later)
  }

  /** The handlers whose end, or whose time-out, is a verdict. */
  heldOnStage(): readonly {
    readonly turn: HandTurn
    readonly model: SagaModel
    readonly call: Scene['call']
  }[] {
    return this.models.flatMap((model, place) =>
      this.onStage(place).flatMap((turn) =>
        model === null || turn.scene === null || !this.holds(turn)
          ? []
          : [{ turn, model, call: turn.scene.call }],
      ),
    )
  }

  /** Those that began since there were so many turns. */
  begunSince(count: number): readonly HandTurn[] {
    return this.#turns.slice(count)
  }

  get turns(): number {
    return this.#turns.length
  }

  /** Does something, waits until nothing moves any more, and compares what there is with what may be. */
  async does(
    work: () => Promise<unknown>,
    causes: () => ReadonlyMap<string, Cause>,
  ): Promise<void> {
    await work()
    await this.#settled()
    const sagaIds = this.models.flatMap((model) => (model === null ? [] : [model.sagaId]))
    this.#observed = await observe(this.lane.pool, sagaIds)
    const why = causes()
    for (const model of this.models) {
      if (model !== null) this.#compare(model, why.get(model.sagaId) ?? nothing)
    }
  }

  observed({ sagaId }: SagaModel): ObservedSaga {
    const found = this.#observed.get(sagaId)
    if (found === undefined) throw new Error(`Saga ${sagaId} is gone.`)
    return found
  }

  #compare(model: SagaModel, cause: Cause): void {
    const { shape, sagaId } = model
    const saga = this.observed(model)
    const problems = [...rowProblems(shape.definition.plan, saga)]
    if (cause.type === 'claimed' && cause.isStranger) model.strangerCame()
    const allowed = model.mayBecome(cause)
    if (!allowed.has(saga.status)) {
      problems.push(
        `it was ${model.status} and is ${saga.status} after "${cause.type}", which allows: ${[...allowed].join(', ')}`,
      )
    }
    model.status = saga.status
    for (const { scene } of this.#turns.filter((turn) => turn.sagaId === sagaId)) {
      if (scene === null || this.#seen.has(scene)) continue
      this.#seen.add(scene)
      const { step, kind } = scene.call
      const why = model.begins(scene.call, this.ledger)
      if (why !== null) problems.push(`the ${kind} of "${step}" began: ${why}`)
    }
    problems.push(...this.#endProblems(model))
    if (problems.length > 0) throw new Error(this.#told(model, problems))
  }

  /** What holds at every end: an effect of each step and no more, or none at all. */
  #endProblems({ status, shape, sagaId }: SagaModel): readonly string[] {
    const standing = this.ledger.standing(sagaId).toSorted()
    const wanted = allSteps(shape).toSorted()
    if (status === 'completed' && standing.join() !== wanted.join()) {
      return [`it is completed, and these stand: ${standing.join(', ')}`]
    }
    return status === 'compensated' && standing.length > 0
      ? [`it is compensated, and these stand: ${standing.join(', ')}`]
      : []
  }

  #told(model: SagaModel, problems: readonly string[]): string {
    const { journal, tasks } = this.observed(model)
    const rows = journal.map(({ seq, events }) => `  ${seq} ${JSON.stringify(events)}`)
    const name = `${model.shape.name} at place ${this.models.indexOf(model) + 1}`
    return [`${name}:`, ...problems, 'journal:', ...rows, `tasks: ${JSON.stringify(tasks)}`].join(
      '\n',
    )
  }

  /** Nothing of a worker is heard any more: another one comes under its name. */
  bury(name: WorkerName): void {
    this.#workers.get(name)?.dies('now')
    this.#workers.delete(name)
    this.#births.set(name, this.#turns.length)
  }

  #lives({ worker, number }: HandTurn): boolean {
    return number >= (this.#births.get(worker) ?? 0)
  }

  async #settled(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet += 1) {
      await setImmediate()
      if (this.#pending.size === 0) continue
      await Promise.all(this.#pending)
      quiet = -1
    }
  }
}

const deafQueue = {
  dispatch: async () => {},
  consume: () => ({ isTaking: true, close: async () => {} }),
  close: async () => {},
}
