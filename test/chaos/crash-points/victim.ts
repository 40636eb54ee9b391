/**
 * A process that does what every process does, and strikes itself at one call of a port: `victim.ts`, with an order in the
 * environment. On stdout, a line when it strikes, and the counts of all calls when it comes to its end.
 */
import { writeSync } from 'node:fs'
import process from 'node:process'
import { createBackstep } from '@backstep/engine'

import { Ledger } from '../ledger.ts'
import { drive } from './drive.ts'
import { gatedEngine } from './gated-engine.ts'
import { parseOrder, struckLine } from './order.ts'
import { shapes } from './shapes.ts'

const { strike, scene, schema, ledgerFile, shapeName, databaseSchema } = parseOrder(
  process.env['BACKSTEP_CRASH_ORDER'],
)
const calls: Record<string, number> = {}

/** A stop reaches a process in its own time: not one instruction of ours may come before it. */
function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
}

function onPoint(point: string): void {
  const call = (calls[point] ?? 0) + 1
  calls[point] = call
  if (strike?.point !== point || strike.call !== call) return
  writeSync(1, `${struckLine}\n`)
  process.kill(process.pid, strike.signal)
  standStill()
}

const shape = shapes.find(({ name }) => name === shapeName)
if (shape === undefined) throw new Error(`There is no shape "${shapeName}".`)
const ledger = new Ledger(ledgerFile)
const client = createBackstep({
  databaseUrl: process.env['DATABASE_URL'],
  redisUrl: process.env['REDIS_URL'],
  schema: databaseSchema,
})
const engine = gatedEngine(client.shared.engine, schema, onPoint)
await drive({ engine, shape, scene: { id: scene, ledger } })
await engine.queue.close()
await client.close()
ledger.close()
writeSync(1, `${JSON.stringify(calls)}\n`)
