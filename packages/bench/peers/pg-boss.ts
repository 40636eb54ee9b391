/** Measures chains of pg-boss jobs; settings in pg-boss.json. */
import { PgBoss } from 'pg-boss'

import { runSystem } from '../src/runner/run-system.ts'
import { WaitingCallers } from './waiting-callers.ts'
import { firstJob, moveOn, type ChainJob } from './chain.ts'

const queue = 'bench'

await runSystem({
  prepare: async ({ place }) => {
    const boss = new PgBoss({ connectionString: place.databaseUrl ?? '', useListenNotify: true })
    await boss.start()
    await boss.createQueue(queue, { notify: true })
    await boss.stop({ graceful: false })
  },
  open: async ({ place, options }) => {
    const boss = new PgBoss({
      connectionString: place.databaseUrl ?? '',
      max: Number(options['poolSize']),
      useListenNotify: true,
    })
    const callers = new WaitingCallers()
    boss.on('error', (error) => callers.fail(error))
    await boss.start()
    const settings = {
      batchSize: Number(options['batchSize']),
      localConcurrency: Number(options['localConcurrency']),
      pollingIntervalSeconds: Number(options['pollSeconds']),
      notifyPollingIntervalSeconds: Number(options['pollSeconds']),
    }
    await boss.work<ChainJob>(queue, settings, async (jobs) => {
      const moves = jobs.map(({ data }) => moveOn(data))
      const next = moves.flatMap((move) => ('next' in move ? [{ data: move.next }] : []))
      if (next.length > 0) await boss.insert(queue, next)
      for (const move of moves) if ('end' in move) callers.tell(move.orderId, move.end)
    })
    return {
      run: (order) => callers.run(order, () => boss.send(queue, firstJob(order))),
      close: () => boss.stop({ graceful: true, timeout: 5_000 }),
    }
  },
})
