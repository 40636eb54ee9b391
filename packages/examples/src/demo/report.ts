import type { SagaRow } from '@backstep/engine'

import {
  checkMoney,
  checkOrders,
  checkPlaces,
  checkStock,
  checkTrips,
  type Check,
  type Ending,
} from './audit.ts'
import { listSagas } from './list-sagas.ts'
import { readFacts } from './saga-facts.ts'
import { keyOf, type SagaRequest } from './saga-request.ts'
import { scenarioTable } from './scenario-table.ts'
import type { Stage } from './stage.ts'

/**
 * Prints what has become of the sagas and whether everything adds up.
 *
 * @param mended sagas that were stuck, as they were then
 * @returns whether everything has ended and adds up
 */
export async function report(
  { backstep, shop }: Stage,
  requests: readonly SagaRequest[],
  mended: readonly SagaRow[],
): Promise<boolean> {
  const sagas = await listSagas(backstep)
  const { takenOver, unknownAttempts } = await readFacts(backstep, sagas)
  console.log(`\n${scenarioTable(requests, sagas, new Set(mended.map(({ sagaId }) => sagaId)))}\n`)
  console.log(`  ${takenOver} sagas were taken over from the killed worker.`)
  console.log(
    `  ${unknownAttempts} attempts ended without a verdict: no answer, an error, or a dead worker.`,
  )
  for (const [cause, those] of Map.groupBy(mended, causeOf)) {
    console.log(`  ${those.length} sagas were stuck with ${cause}, and are mended.`)
  }
  const orders = endingsOf('order', requests, sagas)
  const trips = endingsOf('travel', requests, sagas)
  const checks: readonly Check[] = [
    checkSagas(requests, sagas),
    await checkStock(shop),
    await checkMoney(shop),
    await checkPlaces(shop),
    ...(await checkOrders(shop, orders)),
    ...(await checkTrips(shop, trips)),
  ]
  console.log()
  for (const { name, ok, detail } of checks) {
    console.log(`  ${ok ? '✓' : '✗'} ${detail === '' ? name : `${name}: ${detail}`}`)
  }
  return checks.every(({ ok }) => ok)
}

/** Each request is one saga, and each saga has ended. */
function checkSagas(requests: readonly SagaRequest[], sagas: readonly SagaRow[]): Check {
  const keys = new Set(sagas.map(({ key }) => key))
  const missing = requests.map(keyOf).filter((key) => !keys.has(key))
  const open = sagas.filter(({ status }) => status !== 'completed' && status !== 'compensated')
  const wrong = [...missing, ...open.map(({ sagaId, status }) => `${sagaId} is ${status}`)]
  return {
    name: `${requests.length} requests, ${sagas.length} sagas, all of them ended`,
    ok: wrong.length === 0 && sagas.length === requests.length,
    detail: wrong.join(', '),
  }
}

function endingsOf(
  name: SagaRequest['saga'],
  requests: readonly SagaRequest[],
  sagas: readonly SagaRow[],
): readonly Ending[] {
  const statuses = new Map(sagas.map(({ key, status }) => [key, status]))
  return requests
    .filter(({ saga }) => saga === name)
    .map((request) => ({
      id: keyOf(request),
      completed: statuses.get(keyOf(request)) === 'completed',
      amountCents: request.saga === 'order' ? request.input.amountCents : 0,
    }))
}

function causeOf({ stuckCode, stuckStep }: SagaRow): string {
  return `${stuckCode} at ${stuckStep}`
}
