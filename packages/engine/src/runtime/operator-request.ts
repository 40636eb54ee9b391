import { BackstepError } from '../core/backstep-error.ts'
import { decide } from '../core/decide.ts'
import type { SagaDecision } from '../core/saga-decision.ts'
import type { JournalEntry } from '../core/event.ts'
import { fold } from '../core/fold.ts'
import { legalVerbs, type LegalVerb } from '../core/legal-verbs.ts'
import type { CancelAsked, RetryAsked } from '../core/observation.ts'
import type { OperatorAsked } from '../core/operator-asked.ts'
import type { Plan } from '../core/plan.ts'
import { isAlive } from '../core/state-patch.ts'
import type { SagaState } from '../core/state.ts'
import type { NewTask, TaskChange } from '../ports/saga-store.ts'
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
 * `refused`: the state that the saga is in does not allow it, and nothing changed; `legal` is what it would allow.
 */
export type RequestAnswer =
  | { readonly status: 'requested' }
  | { readonly status: 'applied' }
  | { readonly status: 'refused'; readonly reason: string; readonly legal: readonly LegalVerb[] }

/** A saga that moves on between reading and asking is read again, this often. */
const maximumRounds = 50

/** Something that an outsider can ask of a saga. */
export type AskedOfSaga = CancelAsked | RetryAsked | OperatorAsked

/** A wish, and the saga that it is about. */
export interface Wish {
  readonly sagaId: string
  readonly asked: AskedOfSaga
  /** The last row that whoever asks has seen; null asks whatever happened since. */
  readonly ifSeq: number | null
}

/**
 * Asks for something. While somebody may hold the saga, the request goes into the journal and wakes them; a stuck saga has
 * no holder, so there it is decided here, compare-and-set on what was read.
 *
 * @throws BackstepError `SAGA_NOT_FOUND`, or `DEFINITION_NOT_FOUND` when its plan was never stored
 */
export async function ask(ports: RequestPorts, wish: Wish): Promise<RequestAnswer> {
  const { sagaId, asked, ifSeq } = wish
  for (let round = 0; round < maximumRounds; round += 1) {
    const { plan, state } = await readSaga(ports, sagaId)
    const decision = decide(plan, state, asked)
    const refusal = movedOn(state, ifSeq) ?? decision.refusal
    if (refusal !== null) return refused(plan, state, refusal)
    if (decision.events.length === 0) {
      return { status: state.cancel === 'requested' ? 'requested' : 'applied' }
    }
    const answer = await carryOut(ports, { plan, state, decision, wish })
    if (answer !== null) return answer
  }
  const reason = 'The saga kept moving while this was tried; try again.'
  return { status: 'refused', reason, legal: [] }
}

function movedOn({ seq, status }: SagaState, ifSeq: number | null): string | null {
  if (ifSeq === null || seq === ifSeq) return null
  return `The saga is not where it was seen: it was at row ${ifSeq} of its journal, is at row ${seq} now, and is ${status}.`
}

function refused(plan: Plan, state: SagaState, reason: string): RequestAnswer {
  return { status: 'refused', reason, legal: legalVerbs(plan, state) }
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

interface Allowed extends Omit<ReadSaga, 'entries'> {
  readonly decision: SagaDecision
  readonly wish: Wish
}

/** Null when somebody else was faster. */
function carryOut(ports: RequestPorts, allowed: Allowed): Promise<RequestAnswer | null> {
  const { state, wish } = allowed
  const { asked } = wish
  const verb = asked.type === 'operator_asked' ? asked.verb : null
  // An end without a claim about effects needs nobody's verdict.
  if (verb === 'abandon') return decideHere(ports, allowed)
  const isPause = verb === 'pause' || verb === 'resume'
  return isAlive(state) || isPause ? request(ports, allowed) : decideHere(ports, allowed)
}

/** Puts it into the journal for whoever holds the saga. A fact that needs no answer is applied with that. */
async function request(
  { engine, hints }: RequestPorts,
  { state, decision, wish }: Allowed,
): Promise<RequestAnswer | null> {
  const { sagaId, asked, ifSeq } = wish
  const { events } = decision
  const verb = asked.type === 'operator_asked' ? asked.verb : null
  const isPause = verb === 'pause' || verb === 'resume'
  // Nobody holds a stuck saga: then what was read must still be so.
  const afterSeq = isAlive(state) ? ifSeq : state.seq
  const made = await engine.sagas.request({
    sagaId,
    appendId: engine.ids.unique(),
    events,
    ...(afterSeq === null ? {} : { afterSeq }),
    ...(isPause ? { paused: verb === 'pause' } : {}),
  })
  if (!made.applied) return null
  hints.send(made.woken)
  return { status: isPause || asked.type === 'retry_asked' ? 'applied' : 'requested' }
}

async function decideHere(
  { engine, hints }: RequestPorts,
  { plan, state, decision }: Allowed,
): Promise<RequestAnswer | null> {
  const { sagaId } = state
  const { commands, events } = decision
  const making = { ids: engine.ids, dispatchGraceMs: hints.graceMs(defaultDispatchGraceMs) }
  const next = tasksOfUnheld(making, { plan, state, commands })
  const task = isAlive(state) ? ({ type: 'drop' } as const) : tasksMade(next)
  const row = rowChange(plan, state, events)
  const [result] = await engine.sagas.append([
    {
      sagaId,
      seq: state.seq + 1,
      appendId: engine.ids.unique(),
      afterId: null,
      events,
      task,
      row,
      snapshot: null,
    },
  ])
  if (result?.applied !== true) return null
  const due = next.filter(({ delayMs }) => delayMs === 0)
  hints.send(due.map(({ branch, queue, nonce }) => ({ sagaId, branch, queue, nonce })))
  // Nothing is done about it yet: a saga that is stuck on its way back does not turn.
  return { status: commands.length === 0 ? 'requested' : 'applied' }
}

function tasksMade(next: readonly NewTask[]): TaskChange {
  return next.length === 0 ? { type: 'none' } : { type: 'create', next }
}
