import { PostgresStore, type PostgresConnection } from '@backstep/engine/postgres'
import * as fc from 'fast-check'

import { validateDefinition } from '../../packages/engine/src/definition/validate-definition.ts'
import { Registry } from '../../packages/engine/src/runtime/registry.ts'
import { commandSequences } from './commands.ts'
import { heal } from './heal.ts'
import { openLane } from './lane.ts'
import { shapeNames, shapesOf } from './shapes.ts'
import { play } from './stage.ts'
import { Tally } from './tally.ts'
import { World, type Ground } from './world.ts'

/** How much is tried. */
export interface SequenceOptions {
  readonly sequences: number
  readonly seed: number
  /** How many run at a time, each in a database of its own. */
  readonly lanes: number
  /** The store of everybody; a mutant's is broken. */
  readonly open?: (connection: PostgresConnection) => PostgresStore
}

/**
 * Runs random sequences of commands on sagas in Postgres.
 *
 * @throws Error that tells the shortest sequence that was found to end badly, and the seed to find it again with
 */
export async function runSequences(options: SequenceOptions): Promise<Tally> {
  const { sequences, lanes } = options
  const share = Math.ceil(sequences / lanes)
  const tally = new Tally()
  const runs = Array.from({ length: lanes }, (_, lane) => runLane(options, { lane, share, tally }))
  await Promise.all(runs)
  return tally
}

interface Share {
  readonly lane: number
  readonly share: number
  readonly tally: Tally
}

async function runLane(
  { seed, open = (connection) => new PostgresStore(connection) }: SequenceOptions,
  { lane: number, share, tally }: Share,
): Promise<void> {
  const lane = await openLane()
  try {
    const ground = await prepare(lane, open(lane.connection))
    const shapes = fc.tuple(fc.constantFrom(...shapeNames), fc.constantFrom(...shapeNames))
    const property = fc.asyncProperty(shapes, commandSequences(), async (names, commands) => {
      const world = new World(ground, names)
      await world.does(
        () => world.start(0),
        () => new Map(),
      )
      await fc.asyncModelRun(() => ({ model: world, real: world }), commands)
      await heal(world)
      tally.add(world)
    })
    await fc.assert(property.beforeEach(lane.clean), { seed: seed + number, numRuns: share })
  } finally {
    await lane.close()
  }
}

async function prepare(lane: Ground['lane'], store: PostgresStore): Promise<Ground> {
  const versions = [shapesOf(play, 1), shapesOf(play, 2)]
  const registry = new Registry(store)
  const strangers = new Registry(store)
  for (const shape of versions.flatMap((version) => Object.values(version))) {
    const definition = validateDefinition(shape.definition)
    const { name, version } = definition.plan
    await registry.register(definition)
    // Read once: what a turn waits for is then its own statements, and nothing else.
    await strangers.find(name, version)
  }
  return { lane, store, versions, registry, strangers }
}
