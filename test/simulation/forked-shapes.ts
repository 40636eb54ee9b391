import { defineSaga } from '../../packages/engine/src/definition/define-saga.ts'
import { defaults, input, outputOf, patient, played, retry, step } from './shape-parts.ts'
import { chosenBy, listedBy } from './script.ts'

const guarded = { ...step, barrier: true } as const
const retriable = { action: played } as const

/** Branches and a choice before the pivot, and branches behind it. Who fails lets the others end what they are at. */
export const trip = defineSaga({ name: 'trip', version: 1, input, defaults })
  .step('open', step)
  .parallel('reserve', (fork) =>
    fork
      .branch('flight', (branch) =>
        branch.step('seat', { ...step, timeout: '2s' }).step('deposit', step),
      )
      .branch('hotel', (branch) => branch.step('room', { ...step, queue: 'second' }))
      .branch('search', (branch) =>
        branch
          .step('visa', { action: played, compensation: 'none', reason: 'It only reads.' })
          .step('guide', { ...step, retry: { ...retry, maximumAttempts: 1 } }),
      ),
  )
  .when('insured', chosenBy('insured'), (then) =>
    then.step('insure', step).step('assess', { ...step, queue: 'second' }),
  )
  .pivot('pay', { action: played, retry: patient })
  .parallel('send', (fork) =>
    fork
      .branch('mail', (branch) => branch.step('letter', { ...retriable, queue: 'second' }))
      .branch('news', (branch) => branch.step('page', retriable).step('post', retriable)),
  )
  .output((context) => outputOf(context.input))

/** Two of up to five items at a time, and no pivot. */
export const batch = defineSaga({ name: 'batch', version: 1, input, defaults })
  .forEach(
    'parcels',
    listedBy('parcels'),
    (each) => each.step('pack', step).step('label', { ...step, queue: 'second' }),
    { concurrency: 2 },
  )
  .step('collect', { ...step, compensateWhenRejected: true })
  .output((context) => outputOf(context.input))

/** Nobody waits for the branches beside one that fails. */
export const race = defineSaga({ name: 'race', version: 2, input, defaults })
  .step('enter', step)
  .parallel(
    'run',
    (fork) =>
      fork
        .branch('hare', (branch) => branch.step('sprint', guarded).step('nap', guarded))
        .branch('tortoise', (branch) => branch.step('crawl', { ...guarded, queue: 'second' })),
    { siblings: 'failFast' },
  )
  .forEach(
    'bets',
    listedBy('bets'),
    (each) => each.step('settle', { ...guarded, retry: { ...retry, maximumAttempts: 1 } }),
    { siblings: 'failFast', compensation: 'serial', concurrency: 5 },
  )
  .step('cheer', { ...step, queue: 'second' })

/** Everybody goes on to the end, and then all is undone in one line. */
export const audit = defineSaga({ name: 'audit', version: 1, input, defaults })
  .step('announce', step)
  .parallel(
    'check',
    (fork) =>
      fork
        .branch('books', (branch) =>
          branch.step('ledger', step).step('vault', { ...step, queue: 'second' }),
        )
        .branch('staff', (branch) =>
          branch
            .step('interview', { ...step, rejectionCoversEarlierAttempts: true })
            .step('vet', step),
        ),
    { siblings: 'waitAll', compensation: 'serial' },
  )
  .forEach(
    'sites',
    listedBy('sites'),
    (each) => each.step('visit', step).step('report', { ...step, queue: 'second' }),
    { siblings: 'waitAll', compensation: 'parallel' },
  )
  .pivot('sign', { action: played, retry: patient })

/** The pivot first; then items that are tried until they are done, and a choice. */
export const parade = defineSaga({ name: 'parade', version: 1, input, defaults })
  .pivot('permit', { action: played, retry, rejectionCoversEarlierAttempts: true })
  .forEach(
    'floats',
    listedBy('floats'),
    (each) => each.step('build', retriable).step('drive', { ...retriable, queue: 'second' }),
    { concurrency: 2 },
  )
  .when('rains', chosenBy('rains'), (then) => then.step('dry', { ...retriable, queue: 'second' }))
  .step('sweep', retriable)
