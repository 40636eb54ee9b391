import { defineSaga } from '../../packages/engine/src/definition/define-saga.ts'
import { defaults, input, outputOf, patient, played, retry, step } from './shape-parts.ts'

/** A doubt is looked into before anything is made of it. */
const probed = {
  probe: played,
  probeOptions: { retry: { ...retry, maximumAttempts: 3 }, timeout: '500ms' },
} as const

/** Some failures have a budget of their own. */
const choosy = {
  ...retry,
  byCode: {
    busy: { maximumAttempts: 8, initialInterval: '20ms', maximumInterval: '150ms' },
    fatal: 'stop',
  },
} as const

const transacted = { ...step.compensationOptions, transactional: true } as const

/** Probes before the pivot, beside other branches, and at the pivot. */
export const inquiry = defineSaga({ name: 'inquiry', version: 1, input, defaults })
  .step('hold', { ...step, ...probed, retry: { ...retry, maximumAttempts: 3 } })
  .parallel('gather', (fork) =>
    fork
      .branch('paper', (branch) =>
        branch.step('file', { ...step, ...probed, retry: { ...retry, maximumAttempts: 2 } }),
      )
      .branch('people', (branch) =>
        branch
          .step('visit', { ...step, queue: 'second' })
          .step('hear', { ...step, ...probed, rejectionCoversEarlierAttempts: true }),
      ),
  )
  .pivot('decide', { action: played, ...probed, retry: { ...retry, maximumAttempts: 3 } })
  .step('publish', { action: played, queue: 'second' })
  .output((context) => outputOf(context.input))

/** An operator is asked before the saga turns back, and failures are told apart by their codes. */
export const office = defineSaga({ name: 'office', version: 1, input, defaults })
  .step('draft', { ...step, onFailure: 'park', retry: choosy })
  .step('check', { ...step, ...probed, onFailure: 'park', queue: 'second' })
  .parallel('approve', (fork) =>
    fork
      .branch('chief', (branch) => branch.step('seal', { ...step, onFailure: 'park' }))
      .branch('clerk', (branch) =>
        branch.step('copy', { ...step, retry: choosy, queue: 'second' }),
      ),
  )
  .pivot('issue', { action: played, onFailure: 'park', retry: choosy })
  .step('archive', { action: played, retry: { ...choosy, maximumAttempts: 'unlimited' } })

/** What is done, and that it is done, are one commit: on the way forward, on the way back, or both. */
export const bank = defineSaga({ name: 'bank', version: 1, input, defaults })
  .step('debit', { ...step, transactional: true, compensationOptions: transacted })
  .step('inform', { ...step, compensationOptions: transacted, queue: 'second' })
  .parallel('check', (fork) =>
    fork
      .branch('limit', (branch) => branch.step('mark', { ...step, transactional: true }))
      .branch('fraud', (branch) =>
        branch.step('score', step).step('list', {
          ...step,
          transactional: true,
          compensationOptions: transacted,
          queue: 'second',
        }),
      ),
  )
  .pivot('credit', { action: played, transactional: true, retry: patient })
  .step('book', { action: played, transactional: true, queue: 'second' })
  .output((context) => outputOf(context.input))
