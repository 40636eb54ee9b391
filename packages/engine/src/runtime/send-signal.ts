import { BackstepError } from '../core/backstep-error.ts'
import type { SignalReceived } from '../core/wait-event.ts'
import { checkPayload } from '../core/payload.ts'
import type { Plan } from '../core/plan.ts'
import type { SagaRow } from '../ports/saga-queries.ts'
import { checkText } from './check-id.ts'
import { checkSignalPayload } from './check-signal.ts'
import type { KnownDefinition } from './registry.ts'
import type { SharedParts } from './shared-parts.ts'
import { uuidV5 } from './system-ids.ts'

/** A signal to a saga. */
export interface SignalOptions {
  /** Of the wait that it is for. */
  readonly name: string
  /** JSON, as the schema of the wait takes it. */
  readonly payload: unknown
  /** Names the signal in its saga, so that one that is sent again counts once. Left out, every signal is another one. */
  readonly id?: string
  /** Who sends it, for the journal. */
  readonly actor?: string
  /**
   * The caller's own transaction: a Kysely transaction, or a pg client inside BEGIN. The signal is sent if and only if that
   * commits; until then nothing else happens to the saga, so commit soon.
   */
  readonly transaction?: unknown
}

/**
 * What became of a signal; of one that is sent again, what became of it the first time. `received`: the saga has it, for a wait that it has come to or will come to. `late`: the saga had
 * ended; it is in its journal, and nothing follows from it.
 */
export interface SignalAnswer {
  readonly status: 'received' | 'late'
}

/** Appends a signal to a saga's journal, and wakes whoever waits for it. */
export async function sendSignal(
  shared: Pick<SharedParts, 'engine' | 'registry' | 'hints'>,
  saga: SagaRow,
  options: SignalOptions,
): Promise<SignalAnswer> {
  const { engine, registry, hints } = shared
  const { sagaId } = saga
  const known = await registry.find(saga.name, saga.version)
  const event = await eventOf(known, saga, { ...options, id: options.id ?? engine.ids.unique() })
  // Named by the signal: the same one again finds that it is there.
  const appendId = uuidV5(sagaId, `signal ${event.signalId}`)
  const { transaction } = options
  const record = { sagaId, appendId, events: [event], unheld: 'append' } as const
  const sent = await engine.sagas.request(record, { transaction })
  if (!sent.applied) return gone(sagaId)
  hints.send(sent.woken)
  // One that is sent again was in time if it was there before the end.
  const isLate = hasEnded(saga) && sent.at >= saga.changedAt
  return { status: isLate ? 'late' : 'received' }
}

async function eventOf(
  known: KnownDefinition | undefined,
  { sagaId, name: sagaName, version }: SagaRow,
  { name, payload, id, actor }: SignalOptions & { readonly id: string },
): Promise<SignalReceived> {
  if (known === undefined) {
    throw new BackstepError(
      'DEFINITION_NOT_FOUND',
      `Saga ${sagaId} runs on "${sagaName}" version ${version}, which is not stored; start a worker that registers it.`,
    )
  }
  const wait = waitNamed(known.plan, checkText(name, 'name of the signal'))
  const { value } = checkPayload(payload, `The signal "${wait}"`)
  const checked = known.saga === null ? null : await checkSignalPayload(known.saga, wait, value)
  if (checked?.accepted === false) {
    throw new BackstepError(
      'SIGNAL_INVALID',
      `The signal "${wait}" to saga ${sagaId} brings what its schema refuses: ${checked.problem}. Nothing was sent.`,
    )
  }
  return {
    type: 'signal_received',
    signalId: checkText(id, 'id of the signal'),
    name: wait,
    payload: value,
    actor: actor === undefined ? null : checkText(actor, 'actor'),
  }
}

function waitNamed({ name: saga, version, nodes }: Plan, name: string): string {
  const waits = nodes.flatMap((node) => (node.type === 'wait' ? [node.name] : []))
  if (waits.includes(name)) return name
  const there = waits.map((wait) => `"${wait}"`).join(', ')
  throw new BackstepError(
    'SIGNAL_UNKNOWN',
    `"${saga}" version ${version} waits for no signal "${name}"; ${waits.length === 0 ? 'it waits for none' : `there is ${there}`}.`,
  )
}

function hasEnded({ status }: SagaRow): boolean {
  return status !== 'running' && status !== 'compensating' && status !== 'stuck'
}

function gone(sagaId: string): never {
  throw new BackstepError(
    'SAGA_NOT_FOUND',
    `Saga ${sagaId} has ended and is archived; nothing is added to it any more.`,
  )
}
