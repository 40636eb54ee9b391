import { AsyncLocalStorage } from 'node:async_hooks'

import {
  context,
  ROOT_CONTEXT,
  trace,
  type Attributes,
  type Context,
  type ContextManager,
  type Span,
} from '@opentelemetry/api'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import { startWorker } from '../../../packages/engine/src/runtime/start-worker.ts'
import { defineSaga, memoryEngine, quickTuning } from './memory-engine.ts'

interface SeenSpan {
  readonly name: string
  readonly attributes: Attributes
  ended: boolean
}

const seen: SeenSpan[] = []

/** A span that only remembers: what an SDK would export. */
function recording(name: string, given: Attributes): Span {
  const attributes: Attributes = { ...given }
  const entry: SeenSpan = { name, attributes, ended: false }
  seen.push(entry)
  const span: Span = {
    spanContext: () => ({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }),
    setAttribute: (key, value) => {
      if (value !== undefined) attributes[key] = value
      return span
    },
    setAttributes: () => span,
    addEvent: () => span,
    addLink: () => span,
    addLinks: () => span,
    setStatus: () => span,
    updateName: () => span,
    isRecording: () => true,
    recordException: () => {},
    end: () => {
      entry.ended = true
    },
  }
  return span
}

beforeAll(() => {
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan: (name, options) => recording(name, options?.attributes ?? {}),
      startActiveSpan: (name: string, ...rest: readonly unknown[]) => {
        const [options] = rest
        const run = rest.at(-1)
        if (typeof run !== 'function') throw new TypeError('A span needs a function to run.')
        return run(recording(name, attributesOf(options)), ROOT_CONTEXT satisfies Context)
      },
    }),
  })
})

/** Follows awaits, as the one of an SDK does. */
const active = new AsyncLocalStorage<Context>()

beforeAll(() => {
  const manager: ContextManager = {
    active: () => active.getStore() ?? ROOT_CONTEXT,
    with: (given, run, self, ...args) => active.run(given, () => run.call(self, ...args)),
    bind: (_given, target) => target,
    enable: () => manager,
    disable: () => manager,
  }
  context.setGlobalContextManager(manager)
})

afterEach(() => void seen.splice(0))

afterAll(() => {
  trace.disable()
  context.disable()
})

test('what a handler does, also after it has waited, is inside the span of its attempt', async () => {
  const { backstep } = memoryEngine()
  const ids: (string | undefined)[] = []
  const saga = defineSaga({ name: 'inside', version: 1, input: z.object({}) }).step('one', {
    action: async () => {
      ids.push(trace.getActiveSpan()?.spanContext().traceId)
      await new Promise((resolve) => setImmediate(resolve))
      ids.push(trace.getActiveSpan()?.spanContext().traceId)
    },
    compensation: () => {},
  })
  const worker = await startWorker({ backstep, sagas: [saga], ...quickTuning })
  const handle = await backstep.start(saga, { input: {} })
  await handle.result({ timeout: '3s' })
  await worker.stop()
  await backstep.close()
  expect(ids).toEqual(['0'.repeat(32), '0'.repeat(32)])
  expect(trace.getActiveSpan()).toBeUndefined()
})

function attributesOf(options: unknown): Attributes {
  return z
    .object({ attributes: z.record(z.string(), z.union([z.string(), z.number()])) })
    .parse(options).attributes
}

test('each attempt has a span with the ids of saga, step and attempt, and with its outcome', async () => {
  const { backstep } = memoryEngine()
  const saga = defineSaga({ name: 'traced', version: 1, input: z.object({}) })
    .step('one', { action: () => 1, compensation: () => {} })
    .pivot('two', {
      action: () => {
        throw reject('no', 'no')
      },
    })
  const worker = await startWorker({ backstep, sagas: [saga], ...quickTuning })
  const { sagaId, result } = await backstep.start(saga, { input: {} })
  await result({ timeout: '5s' })
  await worker.stop()
  await backstep.close()
  const attempt = (step: string, outcome: string) => ({
    'backstep.saga.id': sagaId,
    'backstep.saga.name': 'traced',
    'backstep.step': step,
    'backstep.attempt': 1,
    'backstep.outcome': outcome,
  })
  expect(seen).toEqual([
    { name: 'action one', attributes: attempt('one', 'succeeded'), ended: true },
    { name: 'action two', attributes: attempt('two', 'rejected'), ended: true },
    { name: 'compensation one', attributes: attempt('one', 'succeeded'), ended: true },
  ])
})
