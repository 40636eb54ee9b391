import type { SagaRow } from '@backstep/engine'

import { runBackstep } from './programs.ts'
import type { Stage } from './stage.ts'

const reason = 'Cactus Cars answers again'

/**
 * What an operator does about stuck sagas: mends the cause, here a car rental that could not be reached, and tells each
 * saga to go on. Waits until they have ended.
 */
export async function mendStuckSagas(
  { shop, env, backstep }: Stage,
  stuck: readonly SagaRow[],
): Promise<void> {
  await shop.updateTable('offers').set({ answers: true }).execute()
  console.log('\nCactus Cars answers again. Telling the stuck sagas to go on:\n')
  await Promise.all(
    stuck.map(async ({ sagaId }) => {
      console.log(`  $ backstep retry ${sagaId} --reason "${reason}"`)
      await runBackstep(['retry', sagaId, '--reason', reason], env)
      await backstep.result(sagaId, { timeout: '30s' })
    }),
  )
}
