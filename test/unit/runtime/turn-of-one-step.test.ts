import { expect, test } from 'vitest'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { ClockedEngine } from './clocked-engine.ts'
import { anyInput, defineSaga } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

/** A process whose worker runs one step a turn, and the handlers that ran after so many hints each. */
async function stepByStep(saga: ReturnType<typeof threeSteps>) {
  const scene = new ClockedEngine()
  const process = scene.process()
  await process.work([saga], { turn: 'step' })
  const handle = await process.backstep.start(saga, { input: {} })
  return { scene, process, handle }
}

function threeSteps(ran: (name: string) => void, last: () => unknown) {
  return order
    .step('one', { action: () => ran('one'), compensation: () => ran('undo one') })
    .step('two', { action: () => ran('two'), compensation: () => ran('undo two') })
    .step('three', {
      action: () => {
        ran('three')
        return last()
      },
      compensation: () => ran('undo three'),
      retry: { maximumAttempts: 1 },
    })
}

test('every step is a job of its own, the first one too', async () => {
  const seen: string[] = []
  const counted = { hints: (): number => 0 }
  const saga = threeSteps(
    (name) => void seen.push(`${name} after ${counted.hints()}`),
    () => 1,
  )
  const scene = new ClockedEngine()
  const process = scene.process()
  counted.hints = () => process.hints.length
  await process.work([saga], { turn: 'step' })
  const { sagaId, result } = await process.backstep.start(saga, { input: {} })
  await expect(result()).resolves.toMatchObject({ status: 'completed' })
  expect(process.seats).toEqual([false])
  expect(seen).toEqual(['one after 1', 'two after 2', 'three after 3'])
  expect(process.hints.map((hint) => hint.sagaId)).toEqual([sagaId, sagaId, sagaId])
  expect(new Set(process.hints.map(({ nonce }) => nonce)).size).toBe(3)
})

test('every compensation is a job of its own as well', async () => {
  const ran: string[] = []
  const saga = threeSteps(
    (name) => void ran.push(name),
    () => {
      throw reject('declined', 'No.')
    },
  )
  const { process, handle, scene } = await stepByStep(saga)
  await expect(handle.result()).resolves.toMatchObject({ status: 'compensated' })
  expect(ran).toEqual(['one', 'two', 'three', 'undo two', 'undo one'])
  // Three actions and two compensations.
  expect(new Set(process.hints.map(({ nonce }) => nonce)).size).toBe(5)
  expect(process.hints).toHaveLength(5)
  expect((await scene.rows(handle.sagaId)).flat()).toEqual([
    'saga_started',
    'action_succeeded',
    'action_succeeded',
    'action_starting',
    'action_rejected',
    'compensation_began',
    'compensation_succeeded',
    'compensation_succeeded',
    'saga_compensated',
  ])
})

test('an unknown outcome is undone in a job of its own', async () => {
  const ran: string[] = []
  const saga = threeSteps(
    (name) => void ran.push(name),
    () => {
      throw new Error('lost')
    },
  )
  const { process, handle } = await stepByStep(saga)
  await expect(handle.result()).resolves.toMatchObject({ status: 'compensated' })
  expect(ran).toEqual(['one', 'two', 'three', 'undo three', 'undo two', 'undo one'])
  expect(process.hints).toHaveLength(6)
})

test('with turns of many steps the same saga is one job', async () => {
  const ran: string[] = []
  const saga = threeSteps(
    (name) => void ran.push(name),
    () => {
      throw reject('declined', 'No.')
    },
  )
  const process = new ClockedEngine().process()
  await process.work([saga], { turn: 'steps', eagerFirstTurn: false })
  const { result } = await process.backstep.start(saga, { input: {} })
  await expect(result()).resolves.toMatchObject({ status: 'compensated' })
  expect(ran).toHaveLength(5)
  expect(process.hints).toHaveLength(1)
})
