import { setTimeout as sleep } from 'node:timers/promises'
import {
  defineSaga,
  reject,
  type Backstep,
  type RegisteredSaga,
  type SagaDefinition,
  type SagaStatus,
  type StepTransaction,
} from '@backstep/engine'
import { z } from 'zod'

import { eventually } from '../../support/eventually.ts'
import type { Ledger } from '../ledger.ts'

/** What the sagas of one run have for themselves: nobody else takes their tasks. */
export interface Scene {
  /** Names the definition, its queues and the saga. */
  readonly id: string
  readonly ledger: Ledger
}

/** A saga to be struck, and what must come of it wherever it is struck. */
export interface Shape {
  readonly name: string
  readonly saga: (scene: Scene) => RegisteredSaga & SagaDefinition<null, null>
  /** What somebody outside asks of it on its way. Asked again by whoever comes after a death. */
  readonly ask: (client: Backstep, sagaId: string) => Promise<void>
  readonly ends: SagaStatus
  /** Steps in the order in which they take effect, each line of them by itself; undone in the reverse. All with effects are named. */
  readonly lines: readonly (readonly string[])[]
  /** Methods of ports that it never calls, and why. */
  readonly unreached: Readonly<Record<string, string>>
}

/** A transactional step's effects, in the saga's own database: no key keeps a second one out. */
export const createEffects =
  'create table public.effects (id bigint generated always as identity, saga text not null, step text not null)'

/** Longer than a heartbeat, so that a worker dies with a claim in its hands. */
const workMs = 350

/** No step's next attempt is so far away, and what waits is not looked at sooner. */
const atRestMs = 30_000

const retry = { initialInterval: '30ms', maximumInterval: '200ms', maximumAttempts: 1_000 }
const timeout = '1s'
const nothing = z.null()

interface Call {
  readonly sagaId: string
  readonly step: string
  readonly attempt: number
  readonly idempotencyKey: string
}

function effectsIn({ ledger }: Scene) {
  const act = ({ sagaId: saga, step, idempotencyKey: key }: Call): null => {
    if (!ledger.act({ saga, step, key })) throw reject('undone', 'The step was undone before.')
    return null
  }
  return {
    act,
    slowly: async (call: Call): Promise<null> => {
      await sleep(workMs)
      return act(call)
    },
    /** The effect is there, and its reply is lost. */
    lostOnce: (call: Call): null => {
      act(call)
      if (call.attempt === 1) throw new Error('The reply was lost.')
      return null
    },
    compensation: ({ sagaId: saga, step, idempotencyKey: key }: Call): void =>
      ledger.undo({ saga, step, key }),
  }
}

const basics = { version: 1, input: nothing } as const

const because = (methods: readonly string[], why: string) =>
  Object.fromEntries(methods.map((method) => [method, why]))

const pauses = ['PauseStore.pause', 'PauseStore.resume']
const nothingPaused = because(pauses, 'Nothing is paused.')

const transactional = [
  'OpenTransaction.commit',
  'OpenTransaction.rollback',
  'StepTransaction.query',
  'TransactionalStore.begin',
]

/** Waits until the saga waits, or has gone on because somebody asked the same before. */
async function untilAtRest(client: Backstep, sagaId: string): Promise<void> {
  await eventually(
    async () => {
      const { saga, tasks } = await client.describe(sagaId)
      const [task, ...others] = tasks
      if (saga.status !== 'running') return
      const rests = task?.claimed === false && task.runAt > Date.now() + atRestMs
      if (!rests || others.length > 0) throw new Error('It is on its way.')
    },
    { timeoutMs: 60_000, what: 'the saga waits' },
  )
}

/** Pauses a queue that nobody serves, and ends that. */
async function pauseNothing(client: Backstep, sagaId: string): Promise<void> {
  const target = { queue: sagaId }
  await client.pause(target, { actor: 'test', reason: 'Nothing is on it.' })
  await client.resume(target)
}

/** Wakes a waiting saga for something that it cannot use yet: whoever claims it hands it back. */
async function disturb(client: Backstep, sagaId: string): Promise<void> {
  await untilAtRest(client, sagaId)
  await client.signal(sagaId, { name: 'receipt', payload: null, id: 'the receipt' })
  await untilAtRest(client, sagaId)
}

/** Steps on two queues up to a pivot that is refused: all of them go back. */
const sequential: Shape = {
  name: 'sequential',
  ends: 'compensated',
  lines: [['reserve', 'book', 'label', 'charge']],
  ask: async () => {},
  unreached: {
    ...because(transactional, 'None of its steps is transactional.'),
    ...nothingPaused,
    'SagaStore.request': 'Nobody outside asks anything of it.',
    'TaskStore.release': 'It waits for nothing: no turn of it ends without a row in the journal.',
  },
  saga: (scene) => {
    const { act, slowly, lostOnce, compensation } = effectsIn(scene)
    const compensationOptions = { retry }
    return defineSaga({
      ...basics,
      name: `sequential-${scene.id}`,
      defaults: { queue: scene.id, timeout, retry },
    })
      .step('reserve', { action: slowly, compensation, compensationOptions })
      .step('book', { action: act, compensation, compensationOptions, queue: `${scene.id}-2` })
      .step('label', { action: lostOnce, compensation, compensationOptions })
      .pivot('charge', {
        rejectionCoversEarlierAttempts: true,
        action: () => {
          throw reject('card_declined', 'No.')
        },
      })
  },
}

/** Branches and items beside each other, then a wait in which the saga is canceled. */
const fork: Shape = {
  name: 'fork',
  ends: 'compensated',
  lines: [
    ['prepare', 'seat', 'meal', 'issue[0]'],
    ['prepare', 'room', 'issue[0]'],
    ['prepare', 'room', 'issue[1]'],
  ],
  unreached: {
    ...because(transactional, 'None of its steps is transactional.'),
    ...nothingPaused,
  },
  ask: async (client, sagaId) => {
    await disturb(client, sagaId)
    await client.cancel(sagaId, { actor: 'test', reason: 'Nobody confirmed.' })
  },
  saga: (scene) => {
    const { act, slowly, lostOnce, compensation } = effectsIn(scene)
    // The ledger refuses an action that comes after its undo: no undo has to wait for what may still come.
    const undo = { compensation, compensationOptions: { retry }, barrier: true }
    return defineSaga({
      ...basics,
      name: `fork-${scene.id}`,
      defaults: { queue: scene.id, timeout, retry },
    })
      .step('prepare', { action: slowly, ...undo })
      .parallel('trip', (branches) =>
        branches
          .branch('flight', (branch) =>
            branch.step('seat', { action: act, ...undo }).step('meal', { action: act, ...undo }),
          )
          .branch('hotel', (branch) =>
            branch.step('room', { action: lostOnce, ...undo, queue: `${scene.id}-2` }),
          ),
      )
      .forEach(
        'tickets',
        () => ['ann', 'ben'],
        (each) => each.step('issue', { action: slowly, ...undo }),
      )
      .waitFor('confirmation', { schema: nothing, timeout: '1d' })
      .waitFor('receipt', { schema: nothing })
      .output(() => null)
  },
}

/** Writes what the step does into the saga's own database, in the transaction of its verdict. */
async function write(transaction: StepTransaction, { sagaId, step }: Call): Promise<null> {
  await transaction.query('insert into public.effects (saga, step) values ($1, $2)', [sagaId, step])
  return null
}

/** Transactional steps, one of which fails at first, a sleep, and a wait for a signal; it completes. */
const patient: Shape = {
  name: 'patient',
  ends: 'completed',
  lines: [['prepare', 'debit', 'report', 'settle', 'send']],
  unreached: {},
  ask: async (client, sagaId) => {
    await pauseNothing(client, sagaId)
    await disturb(client, sagaId)
    await client.signal(sagaId, { name: 'approval', payload: null, id: 'the approval' })
  },
  saga: (scene) => {
    const { act, slowly, lostOnce, compensation } = effectsIn(scene)
    const undo = { compensation, compensationOptions: { retry } }
    return defineSaga({
      ...basics,
      name: `patient-${scene.id}`,
      defaults: { queue: scene.id, timeout, retry },
    })
      .step('prepare', { action: slowly, ...undo })
      .step('debit', {
        transactional: true,
        compensation: 'none',
        reason: 'The saga is never turned back.',
        action: async ({ transaction, ...call }) => {
          await write(transaction, call)
          if (call.attempt === 1) throw new Error('Not yet.')
          return null
        },
      })
      .step('report', { action: lostOnce, ...undo, queue: `${scene.id}-2` })
      .sleep('pause', '100ms')
      .waitFor('approval', { schema: nothing })
      .waitFor('receipt', { schema: nothing })
      .pivot('settle', {
        transactional: true,
        action: ({ transaction, ...call }) => write(transaction, call),
      })
      .step('send', { action: act })
      .output(() => null)
  },
}

/** All of them. */
export const shapes: readonly Shape[] = [sequential, fork, patient]
