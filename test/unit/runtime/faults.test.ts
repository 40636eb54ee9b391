import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../packages/engine/src/memory/seeded-random.ts'
import { MemoryTaskQueue, type MemoryStore } from '../../../packages/engine/src/memory/index.ts'
import { isBackstepError } from '../../../packages/engine/src/core/backstep-error.ts'
import type { Backstep } from '../../../packages/engine/src/runtime/backstep.ts'
import { eventually } from '../../support/eventually.ts'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import type { TaskQueue } from '../../../packages/engine/src/ports/task-queue.ts'
import { never } from './gate.ts'
import { away, interceptedStore, type StoreCall } from './intercepted-store.ts'
import {
  anyInput,
  audit,
  defineSaga,
  engineOn,
  eventsOf,
  memoryEngine,
  soon,
  work,
} from './memory-engine.ts'

/** Keyed effects of a participant: doing a thing twice under one key has one effect. */
class Ledger {
  readonly #done = new Map<string, Set<string>>()

  do(sagaId: string, key: string): void {
    const keys = this.#done.get(sagaId) ?? new Set()
    this.#done.set(sagaId, keys.add(key))
  }

  has(sagaId: string, key: string): boolean {
    return this.#done.get(sagaId)?.has(key) === true
  }
}

const steps = ['reserve', 'charge', 'book'] as const

/** Three steps whose participants fail, hang, dawdle and reject by chance, and a pivot that rejects at times. */
function chancySaga(random: () => number, ledger: Ledger) {
  const effect = async (sagaId: string, name: string): Promise<void> => {
    const chance = random()
    if (chance < 0.06) throw new Error('lost before')
    if (chance < 0.09) await pause(25)
    ledger.do(sagaId, name)
    if (chance > 0.97) await never
    if (chance > 0.91) throw new Error('lost after')
  }
  const step = (name: (typeof steps)[number]) =>
    ({
      action: async ({ sagaId }: { sagaId: string }) => effect(sagaId, name),
      compensation: async ({ sagaId }: { sagaId: string }) => effect(sagaId, `undo ${name}`),
      compensationOptions: { retry: { ...soon, maximumAttempts: 'unlimited' }, timeout: '40ms' },
      timeout: '40ms',
      retry: soon,
    }) as const
  return defineSaga({ name: 'chancy', version: 1, input: anyInput })
    .step('reserve', step('reserve'))
    .step('charge', step('charge'))
    .step('book', step('book'))
    .pivot('confirm', {
      action: ({ attempt }) => {
        if (attempt === 1 && random() < 0.4) throw reject('declined', 'No.')
      },
      retry: soon,
    })
}

/** Whatever is sent to Postgres may fail before, lose its reply, or be late. */
function chancyStore(store: MemoryStore, random: () => number, calm: () => boolean): MemoryStore {
  return interceptedStore(store, async ({ pass }: StoreCall) => {
    if (calm()) return pass()
    const chance = random()
    if (chance < 0.04) throw away()
    if (chance < 0.1) await pause(random() * 30)
    const result = await pass()
    if (chance > 0.96) throw away()
    if (chance > 0.9) await pause(random() * 30)
    return result
  })
}

function chancyQueue(random: () => number): TaskQueue {
  const queue = new MemoryTaskQueue()
  return {
    dispatch: (hints) =>
      queue.dispatch(hints.flatMap((hint) => (random() < 0.3 ? [] : [hint, hint]))),
    consume: (name, options) => queue.consume(name, options),
    close: () => queue.close(),
  }
}

/** Starts a saga as an application does that gets no answer: again, under the same key. */
async function startedBy(
  backstep: Backstep,
  saga: ReturnType<typeof chancySaga>,
  key: string,
): Promise<string> {
  for (;;) {
    try {
      return (await backstep.start(saga, { key, input: {} })).sagaId
    } catch (error) {
      if (!isBackstepError(error, 'DATABASE_UNAVAILABLE')) throw error
    }
  }
}

/** What stands of a saga, judged from outside. */
function standing(ledger: Ledger, sagaId: string): readonly string[] {
  return steps.filter((name) => ledger.has(sagaId, name) && !ledger.has(sagaId, `undo ${name}`))
}

const seeds = [11, 22, 33]

test.each(seeds)(
  'under faults of every kind each saga ends with all of its effects or none (seed %i)',
  async (seed) => {
    const [random, ledger] = [seededRandom(seed), new Ledger()]
    let calm = true
    const { store, backstep } = memoryEngine()
    const [queue, saga] = [chancyQueue(random), chancySaga(random, ledger)]
    const processes = [1, 2].map(() => {
      const flaky = chancyStore(store, random, () => calm)
      return engineOn(flaky, { queue, definitions: store }).backstep
    })
    const workers = await Promise.all(
      processes.map((process) => work(process, [saga], { concurrency: 6, maxStepsPerTurn: 2 })),
    )
    calm = false
    // From a process without a worker, and from those that run what they start.
    const starters = [backstep, ...processes]
    const sagaIds = await Promise.all(
      Array.from({ length: 40 }, async (_, index) =>
        startedBy(starters[index % starters.length] ?? backstep, saga, String(index)),
      ),
    )
    for (const sagaId of sagaIds.slice(0, 10)) {
      await pause(random() * 10)
      await backstep.cancel(sagaId, audit)
    }
    // Most of them get through the faults; the rest may wait for calm.
    await eventually(async () => {
      const ended = await store.findEnded(sagaIds)
      expect(ended.length).toBeGreaterThan(30)
    })
    calm = true
    const ends = await Promise.all(
      sagaIds.map(async (sagaId) => {
        const { status } = await backstep.result(sagaId, { timeout: '10s' })
        return { status, sagaId, standing: standing(ledger, sagaId) }
      }),
    )
    const wrong = ends.filter((end) =>
      end.status === 'completed' ? end.standing.length < 3 : end.standing.length > 0,
    )
    const journals = await Promise.all(
      wrong.map(async ({ status, sagaId, standing: left }) => ({
        status,
        left,
        events: await eventsOf(backstep, sagaId),
      })),
    )
    expect(journals).toEqual([])
    const tasks = await Promise.all(sagaIds.map((sagaId) => store.listTasks(sagaId)))
    expect(tasks.flat()).toEqual([])
    await Promise.all(workers.map((worker) => worker.stop()))
    expect(workers.map(({ active }) => active)).toEqual([0, 0])
  },
  15_000,
)
