/** Measures DBOS; settings in dbos.json. */
import { DBOS } from '@dbos-inc/dbos-sdk'

import type { OptionValue, RunRequest } from '../src/runner/run-request.ts'
import { runSystem } from '../src/runner/run-system.ts'
import {
  rejectionCode,
  stepNames,
  stepOutput,
  type Order,
  type OrderEnd,
} from '../src/workload/order.ts'

const queueName = 'bench'

const placeOrder = async (order: Order): Promise<OrderEnd> => {
  const done: string[] = []
  try {
    for (const name of stepNames) {
      const step = async () => {
        if (order.rejected && name === 'ship') throw new Error(rejectionCode)
        return stepOutput(name, order.orderId)
      }
      await DBOS.runStep(step, { name })
      done.push(name)
    }
    return 'completed'
  } catch (error) {
    if (!(error instanceof Error) || error.message !== rejectionCode) throw error
    for (const name of done.toReversed())
      await DBOS.runStep(async () => {}, { name: `undo-${name}` })
    return 'compensated'
  }
}

const workflow = DBOS.registerWorkflow(placeOrder, { name: 'bench-order' })

const launch = async ({ place, options }: RunRequest): Promise<void> => {
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: place.databaseUrl ?? '',
    systemDatabasePoolSize: Number(options['poolSize']),
    logLevel: 'error',
    enableOTLP: false,
  })
  await DBOS.launch()
}

const startIn = (queue: OptionValue | undefined) =>
  queue === 'none' ? DBOS.startWorkflow(workflow) : DBOS.startWorkflow(workflow, { queueName })

await runSystem({
  prepare: async (request) => {
    await launch(request)
    await DBOS.shutdown()
  },
  open: async (request) => {
    await launch(request)
    const { queue } = request.options
    if (queue !== 'none') await DBOS.registerQueue(queueName)
    return {
      run: async (order) => {
        const handle = await startIn(queue)(order)
        return { end: await handle.getResult() }
      },
      close: () => DBOS.shutdown(),
    }
  },
})
