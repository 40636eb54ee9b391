import * as fc from 'fast-check'

import { endHandler, type Ending } from './endings.ts'
import type { Fate } from './process-store.ts'
import type { Cause, SagaModel, Verdict } from './saga-model.ts'
import { signalName, sleepMs } from './shapes.ts'
import type { WorkerName } from './stage.ts'
import type { World } from './world.ts'

type Causes = ReadonlyMap<string, Cause>
const none: Causes = new Map()
const audit = { actor: 'ops', reason: 'a test' }

/** What it depends on whether something can be done. */
type WorldSeen = Pick<
  World,
  'done' | 'model' | 'claimable' | 'hasClaims' | 'onStage' | 'isBusy' | 'isEmpty' | 'version'
>

/** Something to do in a world; it tells what it is about to do, and afterwards what came of it. */
interface Deed {
  readonly isPossible: (world: WorldSeen) => boolean
  readonly run: (world: World, tell: (text: string) => void) => Promise<void>
}

class Command implements fc.AsyncCommand<World, World> {
  readonly #deed: Deed
  #text = 'not run'

  constructor(deed: Deed) {
    this.#deed = deed
  }

  check(world: Readonly<World>): boolean {
    return world.done < mostDone && this.#deed.isPossible(world)
  }

  async run(world: World): Promise<void> {
    world.done += 1
    await this.#deed.run(world, (text) => void (this.#text = text))
  }

  toString(): string {
    return this.#text
  }
}

function modelAt(world: World, place: number): SagaModel {
  const model = world.model(place)
  if (model === null) throw new RangeError(`No saga was started at place ${place}.`)
  return model
}

function pickOf<T>(list: readonly T[], pick: number): T {
  const found = list[pick % list.length]
  if (found === undefined) throw new RangeError('There is nothing to pick from.')
  return found
}

const start = (place: number): Deed => ({
  isPossible: (world) => world.model(place) === null,
  run: async (world, tell) => {
    tell(`start ${world.nameAt(place)} at ${place + 1}`)
    await world.does(
      () => world.start(place),
      () => none,
    )
  },
})

/** What turns that have begun since then are reasons for. */
function begun(world: World, before: number, isStranger: boolean): Causes {
  const turns = world.begunSince(before)
  return new Map(turns.map(({ sagaId }) => [sagaId, { type: 'claimed', isStranger }]))
}

interface Claiming {
  readonly place: number
  readonly worker: WorkerName
  readonly pick: number
  readonly dies: boolean
}

const claim = ({ place, worker, pick, dies }: Claiming): Deed => ({
  isPossible: (world) => world.claimable(place).length > 0,
  run: async (world, tell) => {
    const { sagaId } = modelAt(world, place)
    const { branch, nonce } = pickOf(world.claimable(place), pick)
    const before = world.turns
    const who = world.worker(worker)
    tell(`claim ${branch} of ${place + 1} by ${worker}${dies ? ', which dies' : ''}`)
    if (dies) who.dies('dies before the append')
    await world.does(
      () => who.claim([{ sagaId, branch, nonce }]),
      () => (dies ? none : begun(world, before, worker === 'stranger')),
    )
    if (dies) world.bury(worker)
  },
})

const sweep = (worker: WorkerName): Deed => ({
  isPossible: (world) => world.hasClaims,
  run: async (world, tell) => {
    const before = world.turns
    tell(`sweep by ${worker}`)
    await world.does(
      async () => {
        await world.worker(worker).sweep()
        for (const { sagaId } of world.begunSince(before)) {
          world.models.find((model) => model?.sagaId === sagaId)?.claimLost()
        }
      },
      () => begun(world, before, worker === 'stranger'),
    )
    tell(`sweep by ${worker}: ${world.turns - before} taken over`)
  },
})

interface EndCommand extends Omit<Ending, 'tell'> {
  readonly place: number
  readonly pick: number
}

/** A claim, and the end of the handler that it brings: most turns go like that. */
const wholeTurn = ({ worker, ...ending }: EndCommand & { readonly worker: WorkerName }): Deed => ({
  isPossible: (world) => world.claimable(ending.place).length > 0,
  run: async (world, tell) => {
    let done = ''
    const next = (text: string): void => tell(`${done}${text}`)
    const before = world.turns
    await claim({ ...ending, worker, dies: false }).run(world, (text) => {
      done = `${text}; `
      tell(text)
    })
    const [held] = world.begunSince(before)
    if (held !== undefined && held.scene !== null)
      await endHandler(world, held, { ...ending, tell: next })
  },
})

const end = ({ place, pick, ...ending }: EndCommand): Deed => ({
  isPossible: (world) => world.onStage(place).length > 0,
  run: async (world, tell) => {
    const held = pickOf(world.onStage(place), pick)
    await endHandler(world, held, { ...ending, tell: (text) => tell(`${place + 1}: ${text}`) })
  },
})

const crash = (worker: WorkerName): Deed => ({
  isPossible: (world) => world.isBusy(worker),
  run: async (world, tell) => {
    tell(`${worker} dies`)
    world.bury(worker)
    await world.does(
      async () => {},
      () => none,
    )
  },
})

const time = (ms: number): Deed => ({
  isPossible: (world) => !world.isEmpty,
  run: async (world, tell) => {
    tell(`${ms / 1_000} s pass`)
    const causes = new Map<string, Cause>()
    for (const model of world.models) if (model !== null) causes.set(model.sagaId, { type: 'time' })
    const held = world.heldOnStage()
    await world.does(
      () => world.lane.passTime(ms),
      () => {
        for (const { turn, model, call } of held) if (turn.isOver) model.ended(call, 'failure')
        return causes
      },
    )
  },
})

const operator = (verb: 'cancel' | 'retry', place: number): Deed => ({
  isPossible: (world) => world.model(place) !== null,
  run: async (world, tell) => {
    const model = modelAt(world, place)
    const cause: Cause = { type: verb === 'cancel' ? 'canceled' : 'retried' }
    let status = ''
    tell(`${verb} ${place + 1}`)
    await world.does(
      async () => {
        ;({ status } = await world.backstep[verb](model.sagaId, audit))
        if (status !== 'refused') model.asked(verb)
      },
      () => new Map([[model.sagaId, cause]]),
    )
    tell(`${verb} ${place + 1}: ${status}`)
  },
})

const signal = (place: number, id: string): Deed => ({
  isPossible: (world) => world.model(place)?.shape.name === 'visit',
  run: async (world, tell) => {
    const { sagaId } = modelAt(world, place)
    tell(`signal "${id}" to ${place + 1}`)
    await world.does(
      () => world.backstep.signal(sagaId, { name: signalName, payload: { id }, id }),
      () => none,
    )
  },
})

const register: Deed = {
  isPossible: (world) => world.version === 1,
  run: async (world, tell) => {
    tell('register version 2')
    world.version = 2
  },
}

const place = fc.nat({ max: 1 })
const pick = fc.nat({ max: 3 })
const worker = fc.constantFrom<WorkerName>('ada', 'ben')
const anyone = fc.constantFrom<WorkerName>(
  ...(['ada', 'ada', 'ada', 'ada', 'ben', 'ben', 'ben', 'ben', 'stranger'] as const),
)
const verdict = fc.constantFrom<Verdict>(
  ...(['success', 'success', 'success', 'success', 'success', 'success', 'success'] as const),
  ...(['failure', 'failure', 'rejection'] as const),
)
const fate = fc.constantFrom<Fate>(
  ...(['lives', 'lives', 'lives', 'lives', 'lives', 'lives'] as const),
  ...(['dies before the append', 'dies after the append'] as const),
)
const dies = fc.constantFrom(false, false, false, false, false, false, true)

const verb = fc.constantFrom('cancel', 'retry', 'retry', 'retry')

const deeds = {
  claim: fc.record({ place, worker: anyone, pick, dies }).map(claim),
  turn: fc.record({ place, worker, pick, verdict, hasEffect: fc.boolean(), fate }).map(wholeTurn),
  end: fc.record({ place, pick, verdict, hasEffect: fc.boolean(), fate }).map(end),
  sweep: anyone.map(sweep),
  // Less than a backoff; a backoff; a lease; the time-out of a handler; a sleep, or the time of a wait.
  time: fc.constantFrom(1_000, 10_000, 11_000, 36_000, sleepMs).map(time),
}

/** So many commands are done; of those that are drawn many cannot be. */
const mostDone = 30
const mostDrawn = 80

/** Sequences of commands, the likely ones more often than the rare ones. */
export function commandSequences() {
  const asked = fc.tuple(place, verb).map(([at, what]) => operator(what, at))
  const sent = fc.tuple(place, fc.constantFrom('a', 'b')).map(([at, id]) => signal(at, id))
  const weights: readonly (readonly [weight: number, deed: fc.Arbitrary<Deed>])[] = [
    [1, place.map(start)],
    [2, deeds.claim],
    [3, deeds.end],
    [6, deeds.turn],
    [1, deeds.sweep],
    [2, deeds.time],
    [1, worker.map(crash)],
    [1, asked],
    [1, sent],
    [1, fc.constant(register)],
  ]
  const arbitraries = weights.flatMap(([weight, deed]) =>
    Array.from({ length: weight }, () => deed),
  )
  const commands = arbitraries.map((deed) => deed.map((value) => new Command(value)))
  return fc.commands<World, World, false>(commands, { maxCommands: mostDrawn, size: 'max' })
}
