import { endHandler } from './endings.ts'
import type { Cause } from './saga-model.ts'
import { sleepMs } from './shapes.ts'
import { workerNames } from './stage.ts'
import type { World } from './world.ts'

/** More than any saga of ours needs: a claim and a verdict for each of its steps, both ways, and a retry now and then. */
const mostRounds = 60

/** Every fault is over, and one good worker is there: then every saga ends. */
export async function heal(world: World): Promise<void> {
  for (const name of workerNames) {
    world.bury(name)
  }
  for (let round = 0; round < mostRounds; round += 1) {
    const living = world.models.filter((model) => model?.isLive === true)
    if (living.length === 0) return
    await work(world)
  }
  throw new Error(`After ${mostRounds} rounds without a fault there is a saga that has not ended.`)
}

async function work(world: World): Promise<void> {
  const worker = world.worker('ada')
  const before = world.turns
  await world.does(
    () => world.lane.passTime(sleepMs),
    () => causes(world, { type: 'time' }),
  )
  await world.does(
    async () => {
      await worker.sweep()
      for (const { sagaId } of world.begunSince(before)) {
        world.models.find((model) => model?.sagaId === sagaId)?.claimLost()
      }
    },
    () => causes(world, { type: 'claimed', isStranger: false }),
  )
  await claimAll(world)
  await endAll(world)
  await retryAll(world)
}

async function claimAll(world: World): Promise<void> {
  const tasks = world.models.flatMap((model, place) => {
    if (model === null) return []
    const { sagaId } = model
    return world.claimable(place).map(({ branch, nonce }) => ({ sagaId, branch, nonce }))
  })
  if (tasks.length === 0) return
  await world.does(
    () => world.worker('ada').claim(tasks),
    () => causes(world, { type: 'claimed', isStranger: false }),
  )
}

const well = { verdict: 'success', hasEffect: true, fate: 'lives', tell: () => {} } as const

async function endAll(world: World): Promise<void> {
  for (const [place, model] of world.models.entries()) {
    if (model === null) continue
    for (const turn of world.onStage(place)) {
      await endHandler(world, turn, well)
    }
  }
}

async function retryAll(world: World): Promise<void> {
  for (const model of world.models) {
    if (model?.status !== 'stuck') continue
    await world.does(
      async () => {
        await world.backstep.retry(model.sagaId, { actor: 'ops', reason: 'all is well again' })
        model.asked('retry')
      },
      () => new Map<string, Cause>([[model.sagaId, { type: 'retried' }]]),
    )
  }
}

function causes(world: World, cause: Cause): ReadonlyMap<string, Cause> {
  return new Map(
    world.models.flatMap((model) => (model === null ? [] : [[model.sagaId, cause] as const])),
  )
}
