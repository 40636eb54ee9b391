/** One worker process of the chaos run: `chaos-worker.ts LEDGER`, servers in the environment. It is killed, not stopped. */
import { createBackstep, startWorker } from '@backstep/engine'
import { chaosSaga } from './chaos-saga.ts'
import { Ledger } from './ledger.ts'

const backstep = createBackstep({
  databaseUrl: process.env['DATABASE_URL'],
  redisUrl: process.env['REDIS_URL'],
})
await startWorker({
  backstep,
  sagas: [chaosSaga(new Ledger(process.argv[2] ?? ''))],
  concurrency: 20,
  lease: '1500ms',
  heartbeat: '400ms',
  sweep: '300ms',
  dispatchGrace: '500ms',
})
process.send?.('ready')
