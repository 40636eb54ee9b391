import { randomUUID } from 'node:crypto'

import { createBullmqTaskQueue } from '@backstep/engine/bullmq'
import { describe, expect, it } from 'vitest'

import type { TaskHint } from '../../../packages/engine/src/ports/task-store.ts'
import { eventually } from '../../support/eventually.ts'
import { collectHints } from './collect-hints.ts'
import { freshHint, freshHints } from './fresh-hint.ts'
import { QueueBench } from './queue-bench.ts'
import { postgresServer, redisServer } from './queue-servers.ts'
import { recordedLogger } from './recorded-logger.ts'

const idsOf = (hints: readonly TaskHint[]): readonly string[] => hints.map(({ sagaId }) => sagaId)

const carriesHints = (bench: QueueBench): void => {
  it('carries a hint to a consumer that waits, and keeps nothing of it', async () => {
    const { hints } = bench.consume()
    const hint = freshHint(bench.queue)
    await bench.taskQueue.dispatch([hint])
    await eventually(() => expect(hints).toEqual([hint]))
    expect(await bench.leftStates()).toEqual([])
  })

  it('keeps hints until a consumer comes', async () => {
    const sent = freshHints(3, bench.queue)
    await bench.taskQueue.dispatch(sent)
    const { hints } = bench.consume()
    await eventually(() => expect(hints).toEqual(sent))
  })

  it('writes ids and a nonce into the job, and nothing else', async () => {
    const { sagaId, branch, nonce } = freshHint(bench.queue)
    await bench.taskQueue.dispatch([{ sagaId, branch, nonce, queue: bench.queue }])
    const [job] = await bench.bullmqQueue().getJobs()
    expect(job?.id).toBe(`${sagaId}.${branch}.${nonce}`)
    expect(job?.data).toEqual({ sagaId, branch, nonce })
    // What BullMQ makes of a job without options: it is tried once.
    expect(job?.opts).toEqual({ attempts: 0 })
  })

  it('sends hundreds of hints of several queues at once', async () => {
    const [one, two] = [bench.queue, `${bench.queue}-2`]
    const [here, elsewhere] = [bench.consume(), bench.consume({ from: two })]
    const sent = [...freshHints(300, one), ...freshHints(300, two)]
    await bench.taskQueue.dispatch(sent)
    await eventually(() => {
      expect(here.hints).toHaveLength(300)
      expect(elsewhere.hints).toHaveLength(300)
    })
    const arrived = [...here.hints, ...elsewhere.hints]
    expect(new Set(idsOf(arrived))).toEqual(new Set(idsOf(sent)))
  })

  it('sends nothing once it is closed', async () => {
    const { logger } = recordedLogger()
    const closed = createBullmqTaskQueue({ ...bench.server, logger })
    await closed.dispatch([freshHint(bench.queue)])
    await closed.close()
    const late = closed.dispatch([freshHint(bench.queue)])
    await expect(late).rejects.toMatchObject({ code: 'WORKER_STOPPED' })
  })
}

const absorbsDuplicates = (bench: QueueBench): void => {
  it('takes a hint once that was sent again while it waited', async () => {
    const [first, last] = [freshHint(bench.queue), freshHint(bench.queue)]
    await bench.taskQueue.dispatch([first])
    await bench.taskQueue.dispatch([first, first])
    await bench.taskQueue.dispatch([last])
    const { hints } = bench.consume({ concurrency: 1 })
    await eventually(() => expect(hints).toContainEqual(last))
    expect(hints).toEqual([first, last])
  })

  it('takes a hint again that was sent again after it was dealt with', async () => {
    const { hints } = bench.consume()
    const hint = freshHint(bench.queue)
    await bench.taskQueue.dispatch([hint])
    await eventually(() => expect(hints).toHaveLength(1))
    expect(await bench.leftStates()).toEqual([])
    await bench.taskQueue.dispatch([hint])
    await eventually(() => expect(hints).toEqual([hint, hint]))
  })
}

const takesHints = (bench: QueueBench): void => {
  it('never has more hints in hand than it was told', async () => {
    let inHand = 0
    let most = 0
    const gate = Promise.withResolvers<void>()
    const onHint = async (): Promise<void> => {
      inHand += 1
      most = Math.max(most, inHand)
      await gate.promise
      inHand -= 1
    }
    const { hints } = bench.consume({ concurrency: 3, onHint })
    await bench.taskQueue.dispatch(freshHints(12, bench.queue))
    await eventually(() => expect(inHand).toBe(3))
    gate.resolve()
    await eventually(() => expect(hints).toHaveLength(12))
    expect(most).toBe(3)
  })

  it('logs a hint that was not dealt with, forgets it and goes on', async () => {
    const [bad, good] = [freshHint(bench.queue), freshHint(bench.queue)]
    const onHint = async ({ sagaId }: TaskHint): Promise<void> => {
      if (sagaId === bad.sagaId) throw new Error('no database')
    }
    const { hints, errors } = bench.consume({ concurrency: 1, onHint })
    await bench.taskQueue.dispatch([bad, good])
    await eventually(() => expect(hints).toEqual([bad, good]))
    expect(await bench.leftStates()).toEqual([])
    expect(errors.map(({ message }) => message)).toEqual(['no database'])
    expect(bench.lines).toHaveLength(1)
    const { queue } = bench
    expect(bench.lines[0]?.fields).toMatchObject({
      queue,
      sagaId: bad.sagaId,
      error: 'no database',
    })
  })
}

const closes = (bench: QueueBench): void => {
  it('closes when the hints in hand are dealt with, and leaves the others', async () => {
    const gate = Promise.withResolvers<void>()
    const sent = freshHints(2, bench.queue)
    await bench.taskQueue.dispatch(sent)
    const first = bench.consume({ concurrency: 1, onHint: () => gate.promise })
    await eventually(() => expect(first.hints).toHaveLength(1))
    let closed = false
    const closing = first.consumer.close().then(() => (closed = true))
    // A close that does not wait would be over when the server has answered a few times.
    const bullmq = bench.bullmqQueue()
    for (let i = 0; i < 3; i++) await bullmq.getJobCounts()
    expect(closed).toBe(false)
    gate.resolve()
    await closing
    expect(first.hints).toEqual(sent.slice(0, 1))
    const second = bench.consume()
    await eventually(() => expect(second.hints).toEqual(sent.slice(1)))
  })

  it('takes no hint once it closes, and leaves those that come meanwhile to others', async () => {
    for (const hint of freshHints(5, bench.queue)) {
      const { hints, consumer } = bench.consume()
      await bench.taskQueue.dispatch([freshHint(bench.queue)])
      await eventually(() => expect(hints).toHaveLength(1))
      await Promise.all([bench.taskQueue.dispatch([hint]), consumer.close()])
      expect(hints).toHaveLength(1)
      const others = bench.consume()
      await eventually(() => expect(others.hints).toEqual([hint]))
      await others.consumer.close()
    }
  })
}

const mistrustsJobs = (bench: QueueBench): void => {
  it('drops what is no hint, with one line for many', async () => {
    const { sagaId, branch, nonce } = freshHint(bench.queue)
    const forged: readonly unknown[] = [
      {},
      null,
      'text',
      [sagaId],
      { sagaId, branch },
      { sagaId: 'drop table', branch, nonce },
      { sagaId, branch: '', nonce },
      { sagaId, branch: 'a\nb', nonce },
      { sagaId, branch: 'x'.repeat(256), nonce },
      { sagaId, branch: { toString: 1 }, nonce },
      { sagaId, branch, nonce: 12 },
      { sagaId, branch, nonce: "'; --" },
    ]
    const bullmq = bench.bullmqQueue()
    for (const data of forged) await bullmq.add('forged', data)
    const { hints } = bench.consume({ concurrency: 1 })
    const honest = freshHint(bench.queue)
    await bench.taskQueue.dispatch([honest])
    await eventually(() => expect(hints).toEqual([honest]))
    expect(await bench.leftStates()).toEqual([])
    const messages = bench.lines.map(({ message }) => message)
    expect(messages).toEqual(['a job without a hint was dropped'])
  })

  it('takes the queue of a hint from its consumer, not from the job', async () => {
    const { sagaId, branch, nonce, queue } = freshHint(bench.queue)
    const data = { sagaId, branch, nonce, queue: 'forged', payload: { amount: 1 } }
    await bench.bullmqQueue().add('forged', data)
    const { hints } = bench.consume()
    await eventually(() => expect(hints).toEqual([{ sagaId, branch, nonce, queue }]))
  })
}

const knowsNames = (bench: QueueBench): void => {
  it('carries hints of queues and branches whose names BullMQ refuses', async () => {
    const queue = `{billing}:eu 100% ${randomUUID()} ü`
    const { hints } = bench.consume({ from: queue })
    const hint = { ...freshHint(queue), branch: 'fork:1:2/ä' }
    await bench.taskQueue.dispatch([hint])
    await eventually(() => expect(hints).toEqual([hint]))
  })

  it.each([[''], ['a\u0000b'], ['\ud800'], ['x'.repeat(256)]])(
    'refuses a queue named %j',
    async (name) => {
      const dispatched = bench.taskQueue.dispatch([freshHint(name)])
      await expect(dispatched).rejects.toMatchObject({ code: 'ID_INVALID' })
      expect(() => collectHints(bench.taskQueue, name)).toThrow(/cannot name a queue/)
    },
  )

  it('sends to the other queues when the name of one cannot be used', async () => {
    const { hints } = bench.consume()
    const hint = freshHint(bench.queue)
    const dispatched = bench.taskQueue.dispatch([freshHint(''), hint])
    await expect(dispatched).rejects.toThrow(/cannot name a queue/)
    await eventually(() => expect(hints).toEqual([hint]))
  })
}

describe.each([
  ['Redis', redisServer],
  ['Postgres', postgresServer],
])('a task queue on %s', (_name, startServer) => {
  const bench = new QueueBench(startServer)
  carriesHints(bench)
  absorbsDuplicates(bench)
  takesHints(bench)
  closes(bench)
  mistrustsJobs(bench)
  knowsNames(bench)
})
