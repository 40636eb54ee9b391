import { defineSaga } from '../../packages/engine/src/definition/define-saga.ts'
import { notice } from './notice.ts'
import { defaults, input, outputOf, patient, played, retry, step } from './shape-parts.ts'

const seen = { schema: notice } as const
/** One attempt, and a short one. */
const hasty = { ...step, timeout: '300ms', retry: { ...retry, maximumAttempts: 1 } } as const

const looked = {
  probe: played,
  probeOptions: { retry: { ...retry, maximumAttempts: 3 }, timeout: '500ms' },
} as const

/**
 * What is refused once may not be the next time: it is gone through up to three times before it turns back to the very end. Its
 * participants are given up soon, and long enough before the end that an earlier round may still report.
 */
export const haggle = defineSaga({ name: 'haggle', version: 1, input, defaults })
  .step('quote', step)
  .savepoint('quoted', { maximumRounds: 3 })
  .step('reserve', hasty)
  .step('look', { action: played, compensation: 'none', reason: 'It only reads.' })
  .step('book', { ...hasty, queue: 'second' })
  .sleep('think', '1500ms')
  .pivot('charge', { action: played, retry: patient })
  .step('ship', { action: played, queue: 'second' })
  .output((context) => outputOf(context.input))

/** Sleeps on both sides of the pivot, two of them in a row, under a deadline that not everybody keeps. */
export const trial = defineSaga({ name: 'trial', version: 1, input, defaults, deadline: '2400ms' })
  .sleep('notice', '150ms')
  .step('open', step)
  .sleep('month', '800ms')
  .sleep('grace', '100ms')
  .parallel('bills', (fork) =>
    fork
      .branch('sent', (branch) => branch.step('print', step))
      .branch('booked', (branch) => branch.step('enter', { ...step, queue: 'second' })),
  )
  .sleep('last call', '400ms')
  .pivot('charge', { action: played, retry: patient })
  .sleep('cooling', '700ms')
  .step('thank', { action: played, queue: 'second' })
  .output((context) => outputOf(context.input))

/** Waits that turn the saga back, that take another way, that go on without, and one without end. */
export const approval = defineSaga({ name: 'approval', version: 1, input, defaults })
  .step('ask', step)
  .waitFor('consent', { ...seen, timeout: '2s' })
  .step('hold', { ...step, queue: 'second' })
  .waitFor('review', {
    ...seen,
    timeout: '600ms',
    onTimeout: (inVain) =>
      inVain.step('remind', step).step('escalate', { ...step, queue: 'second' }),
  })
  .pivot('sign', { action: played, retry: patient })
  .waitFor('receipt', { ...seen, timeout: '500ms', onTimeout: 'continue' })
  .step('file', { action: played, queue: 'second' })
  .waitFor('seal', seen)
  .output((context) => outputOf(context.input))

/** Save-points, one behind the other, with everything behind them that has to be new in each round. */
export const parley = defineSaga({ name: 'parley', version: 1, input, defaults, deadline: '9s' })
  .step('invite', step)
  .savepoint('invited', { maximumRounds: 2 })
  .step('propose', { ...step, ...looked, retry: { ...retry, maximumAttempts: 2 } })
  .waitFor('answer', { ...seen, timeout: '900ms' })
  .savepoint('answered', { maximumRounds: 2 })
  .sleep('pause', '120ms')
  .parallel('talks', (fork) =>
    fork
      .branch('here', (branch) => branch.step('draft', hasty))
      .branch('there', (branch) => branch.step('counter', { ...step, queue: 'second' })),
  )
  .waitFor('word', {
    ...seen,
    timeout: '400ms',
    onTimeout: (inVain) => inVain.step('urge', step),
  })
  .pivot('agree', { action: played, retry: patient })
  .step('publish', { action: played, queue: 'second' })
