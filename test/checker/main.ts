/**
 * Searches all shapes to their end: `pnpm check:model`. Exits with 1 after a violation, or when a shape is too large.
 *
 * `--shape <name>` searches one. `--deep` gives every shape more trouble than can be searched to the end in a short time,
 * and stops at `--states <number>` states each, 5,000,000 unless set. `--mutants` shows what each mutant is caught by.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { mutantTable } from './mutants/mutant-table.ts'
import { tableOf, violationOf, type NamedResult } from './search-report.ts'
import type { SearchOrder } from './search-worker.ts'
import { shapeNamed, shapes } from './shapes.ts'

const { values } = parseArgs({
  options: {
    shape: { type: 'string' },
    deep: { type: 'boolean', default: false },
    states: { type: 'string', default: '5000000' },
    mutants: { type: 'boolean', default: false },
  },
})

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function search(order: SearchOrder): Promise<NamedResult> {
  const worker = new Worker(new URL('search-worker.ts', import.meta.url), { workerData: order })
  const [result] = await once(worker, 'message')
  say(`${order.name}: ${result.states} states`)
  return { name: order.name, result }
}

async function searchSideBySide(orders: readonly SearchOrder[]): Promise<readonly NamedResult[]> {
  const results: NamedResult[] = []
  const waiting = orders.values()
  const work = async (): Promise<void> => {
    for (const order of waiting) results.push(await search(order))
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  const place = ({ name }: NamedResult): number => orders.findIndex((order) => order.name === name)
  return results.toSorted((a, b) => place(a) - place(b))
}

const { deep } = values
const chosen = values.shape === undefined ? shapes : [shapeNamed(values.shape)]
const startedMs = performance.now()
const results = await searchSideBySide(
  chosen.map(({ name }) => ({ name, deep, maximumStates: Number(values.states) })),
)
say(`\n${tableOf(results, performance.now() - startedMs)}\n`)
for (const named of results) if (named.result.violation !== null) say(violationOf(named))
const sound = results.every(({ result }) => result.violation === null && (result.complete || deep))
if (!sound) process.exitCode = 1
if (values.mutants) say(await mutantTable())
