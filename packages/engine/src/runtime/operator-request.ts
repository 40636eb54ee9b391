import { BackstepError } from '../core/backstep-error.ts'
import { decide } from '../core/decide.ts'
import type { SagaDecision } from '../core/saga-decision.ts'
import type { JournalEntry } from '../core/event.ts'
import { fold } from '../core/fold.ts'
import type { CancelAsked, RetryAsked } from '../core/observation.ts'
import type { Plan } from '../core/plan.ts'
import type { SagaState } from '../core/state.ts'
import type { TaskChange } from '../ports/saga-store.ts'
import type { Engine } from './engine.ts'
import type { HintSender } from './hint-sender.ts'
import type { Registry } from './registry.ts'
import { rowChange } from './row-change.ts'
import { defaultDispatchGraceMs } from './settings.ts'
import { tasksOfUnheld } from './turn-append.ts'

/** What it takes to ask something of a saga. */
export interface RequestPorts {
  readonly engine: Pick<Engine, 'sagas' | 'ids'>
  readonly registry: Registry
  readonly hints: HintSender
}

/**
 * What became of a request. `requested`: whoever holds the saga decides, and the journal will tell. `applied`: it is done.
 * `refused`: the state that the saga is in does not allow it, and nothing changed.
 */
export type RequestAnswer =
  | { readonly status: 'requested' }
  | { readonly status: 'applied' }
  | { readonly status: 'refused'; readonly reason: string }

/** A saga that moves on between reading and asking is read again, this often. */
const maximumRounds = 50

/**
 * Asks for a cancel or a retry. While somebody may hold the saga, the request goes into the journal and wakes them; a
 * stuck saga has no holder, so there it is decided here, compare-and-set on what was read.
 *
 * @throws BackstepError `SAGA_NOT_FOUND`, or `DEFINITION_NOT_FOUND` when its plan was never stored
 */
export async function ask(
  ports: RequestPorts,
  sagaId: string,
  asked: CancelAsked | RetryAsked,
): Promise<RequestAnswer> {
  for (let round = 0; round < maximumRounds; round += 1) {
    const { plan, state } = await readSaga(ports, sagaId)
    const decision = decide(plan, state, asked)
    if (decision.refusal !== null) return { status: 'refused', reason: decision.refusal }
    if (decision.events.length === 0) {
      return { status: state.cancel === 'requested' ? 'requested' : 'applied' }
    }
    const answer = await carryOut(ports, { plan, state, decision })
    if (answer !== null) return answer
  }
  return { status: 'refused', reason: 'The saga kept moving while this was tried; try again.' }
}

/** A saga as its journal has it. */
export interface ReadSaga {
  readonly plan: Plan
  readonly state: SagaState
  readonly entries: readonly JournalEntry[]
}

/** Reads and folds a saga. */
export async function readSaga(
  { engine, registry }: Pick<RequestPorts, 'registry'> & { readonly engine: Pick<Engine, 'sagas'> },
  sagaId: string,
): Promise<ReadSaga> {
  const entries = await engine.sagas.readJournal(sagaId, 0)
  const started = entries[0]?.events[0]
  if (started?.type !== 'saga_started') {
    throw new BackstepError(
      'SAGA_NOT_FOUND',
      `There is no saga ${sagaId} in this schema; "backstep list" shows those that there are.`,
    )
  }
  const { name, version } = started
  const known = await registry.find(name, version)
  if (known === undefined) {
    throw new BackstepError(
      'DEFINITION_NOT_FOUND',
      `Saga ${sagaId} runs on "${name}" version ${version}, which is not stored; start a worker that registers it.`,
    )
  }
  return { plan: known.plan, state: fold(known.plan, sagaId, entries), entries }
}

async function carryOut(
  { engine, hints }: RequestPorts,
  { plan, state, decision }: Omit<ReadSaga, 'entries'> & { readonly decision: SagaDecision },
): Promise<RequestAnswer | null> {
  const { sagaId } = state
  const { events } = decision
  const appendId = engine.ids.unique()
  if (state.status === 'running' || state.status === 'compensating') {
    const asked = await engine.sagas.request({ sagaId, appendId, events })
    if (!asked.applied) return null
    hints.send(asked.woken)
    return { status: 'requested' }
  }
  const { commands } = decision
  const making = { ids: engine.ids, dispatchGraceMs: hints.graceMs(defaultDispatchGraceMs) }
  const next = tasksOfUnheld(making, { plan, state, commands })
  const task: TaskChange = next.length === 0 ? { type: 'none' } : { type: 'create', next }
  const row = rowChange(plan, state, events)
  const [result] = await engine.sagas.append([
    { sagaId, seq: state.seq + 1, appendId, afterId: null, events, task, row, snapshot: null },
  ])
  if (result?.applied !== true) return null
  const due = next.filter(({ delayMs }) => delayMs === 0)
  hints.send(due.map(({ branch, queue, nonce }) => ({ sagaId, branch, queue, nonce })))
  // Nothing is done about it yet: a saga that is stuck on its way back does not turn.
  return { status: commands.length === 0 ? 'requested' : 'applied' }
}
