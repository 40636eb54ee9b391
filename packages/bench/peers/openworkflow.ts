/** Measures OpenWorkflow; settings in openworkflow.json. */
import { OpenWorkflow } from 'openworkflow'
import { BackendPostgres } from 'openworkflow/postgres'
import postgres from 'postgres'

import type { SagaRun } from '../src/runner/bench-system.ts'
import { runSystem } from '../src/runner/run-system.ts'
import { WaitingCallers } from './waiting-callers.ts'
import { rejectionCode, stepNames, stepOutput, type Order } from '../src/workload/order.ts'

interface Steps {
  readonly run: <T>(
    options: { readonly name: string; readonly retryPolicy?: { readonly maximumAttempts: number } },
    work: () => T | Promise<T>,
  ) => Promise<T>
}

// A rejection is final: the step is not tried again.
const once = { maximumAttempts: 1 }

const placeOrder = async (order: Order, step: Steps): Promise<SagaRun> => {
  const done: string[] = []
  try {
    for (const name of stepNames) {
      await step.run({ name, retryPolicy: once }, () => {
        if (order.rejected && name === 'ship') throw new Error(rejectionCode)
        return stepOutput(name, order.orderId)
      })
      done.push(name)
    }
    return { end: 'completed' }
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes(rejectionCode)) throw error
    for (const name of done.toReversed()) await step.run({ name: `undo-${name}` }, () => null)
    return { end: 'compensated' }
  }
}

await runSystem({
  prepare: async ({ place }) => {
    const backend = await BackendPostgres.connect(place.databaseUrl ?? '')
    await backend.stop()
  },
  open: async ({ place, options, scenario }) => {
    const sql = postgres(place.databaseUrl ?? '', {
      max: Number(options['poolSize']),
      // As the package sets it up itself.
      transform: { column: { from: postgres.toCamel } },
    })
    const backend = BackendPostgres.fromPool(sql)
    const client = new OpenWorkflow({ backend })
    const callers = new WaitingCallers()
    const workflow = client.defineWorkflow<Order, SagaRun>(
      { name: 'bench-order' },
      async ({ input, step }) => {
        const result = await placeOrder(input, step)
        callers.tell(input.orderId, result.end)
        return result
      },
    )
    const worker = client.newWorker({ concurrency: Number(options['concurrency']) })
    await worker.start()
    const runAwaited = async (order: Order): Promise<SagaRun> => {
      const handle = await workflow.run(order)
      const { end } = await handle.result()
      const row = await backend.getWorkflowRun({ workflowRunId: handle.workflowRun.id })
      const engineMs = Number(row?.finishedAt) - Number(row?.createdAt)
      return { end, engineMs }
    }
    return {
      run:
        scenario === 'w2' ? runAwaited : (order) => callers.run(order, () => workflow.run(order)),
      close: async () => {
        await worker.stop()
        await backend.stop()
      },
    }
  },
})
