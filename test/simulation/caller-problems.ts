import { isDeepStrictEqual } from 'node:util'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import type { SagaRecord } from './saga-record.ts'
import { goesWell, isRefused, type Script } from './script.ts'
import { isSkipped } from './step-keys.ts'
import type { StartedWish, Traffic } from './traffic.ts'
import type { Problem } from './judged-saga.ts'

type Sagas = ReadonlyMap<string, SagaRecord>

/** What was started is there, under the input that it was started with; one key is one saga. */
export function startedProblems(sagas: Sagas, { started, conflicts }: Traffic): readonly Problem[] {
  const owners = new Map<string, string>()
  const problems = [
    ...started.flatMap((wish) => startedProblem(sagas, wish)),
    ...namedSagas(sagas, started).flatMap(({ name, sagaId }) => {
      const owner = owners.get(name) ?? sagaId
      owners.set(name, owner)
      return owner === sagaId ? [] : [{ sagaId, what: `${name} is two sagas` }]
    }),
  ]
  const vain = conflicts.filter(({ name, key, input }) => {
    const owner = owners.get(`${name} ${key ?? ''}`) ?? ''
    const state = sagas.get(owner)?.state ?? null
    return state === null || isDeepStrictEqual(state.input, input)
  })
  const what = 'a conflict with nothing else'
  return [...problems, ...vain.map(({ name, key }) => ({ sagaId: `${name} ${key ?? ''}`, what }))]
}

function startedProblem(sagas: Sagas, { sagaId, input }: StartedWish): readonly Problem[] {
  const state = sagas.get(sagaId)?.state ?? null
  if (state === null) return [{ sagaId, what: 'it was started, and is not there' }]
  return isDeepStrictEqual(state.input, input) ? [] : [{ sagaId, what: 'it has another input' }]
}

interface NamedSaga {
  /** Its definition and its key. */
  readonly name: string
  readonly sagaId: string
}

/** What the callers were told, and what the journals say. */
function namedSagas(sagas: Sagas, started: readonly StartedWish[]): readonly NamedSaga[] {
  const told = started.map(({ name, key, sagaId }) => ({ name, key, sagaId }))
  const written = [...sagas.values()].map(({ plan, state, sagaId }) => {
    return { name: plan?.name ?? '', key: state?.key ?? null, sagaId }
  })
  return [...told, ...written]
    .filter(({ key }) => key !== null)
    .map(({ name, key, sagaId }) => ({ name: `${name} ${key}`, sagaId }))
}

/** What callers were told is how it is; only a late effect takes an undone saga, or an undone round, up again. */
export function toldProblems(sagas: Sagas, { told }: Traffic): readonly Problem[] {
  return told.flatMap(({ sagaId, result: { status } }) => {
    const record = sagas.get(sagaId)
    const now = record?.state?.status
    const mayMove = status === 'compensated' || (record?.state?.round ?? 1) > 1
    if (now === status || (mayMove && wasOrphaned(record))) return []
    return [{ sagaId, what: `somebody was told that it is ${status}, and it is ${now}` }]
  })
}

function wasOrphaned(record: SagaRecord | undefined): boolean {
  const events = record?.entries.flatMap((entry) => entry.events) ?? []
  return events.some(({ type, ...event }) => {
    return type === 'saga_stuck' && 'code' in event && event.code === 'orphan_effect'
  })
}

/** Without faults, what goes well is completed, and what is refused is undone. */
export function calmProblems(sagas: Sagas, { started, canceled }: Traffic): readonly Problem[] {
  return started.flatMap((wish) => {
    const record = sagas.get(wish.sagaId)
    // Some were called off; others time has turned back, or led elsewhere.
    if (record === undefined || canceled.has(wish.sagaId) || wasLate(record)) return []
    return calmProblem(wish, record)
  })
}

function calmProblem(
  { sagaId, input, name }: StartedWish,
  { plan, state }: SagaRecord,
): readonly Problem[] {
  if (goesWell(input) && state?.status !== 'completed') {
    return [{ sagaId, what: `nothing was wrong with this "${name}", and it is ${state?.status}` }]
  }
  if (plan === null || !isRefused(input, plan)) return []
  if (hasSkippedRefusal(state, input) || endsRefused(state)) return []
  return [{ sagaId, what: `this "${name}" was refused, and it is ${state?.status}` }]
}

/** Whether the saga went by a step that would have refused, because a signal came. */
function hasSkippedRefusal(state: SagaState | null, { actions }: Script): boolean {
  return Object.entries(actions).some(([key, { first }]) => {
    return first === 'reject' && state !== null && isSkipped(state, key)
  })
}

function wasLate({ entries }: SagaRecord): boolean {
  return entries.some(({ events }) =>
    events.some(({ type }) => type === 'wait_timed_out' || type === 'deadline_passed'),
  )
}

/** What is refused in one round of a save-point may not be in the next. */
function endsRefused(state: SagaState | null): boolean {
  if (state === null) return false
  if (state.status === 'compensated') return true
  // It went well in another round; then its output may be one that cannot be kept.
  const isUnfit = state.status === 'stuck' && state.stuck.code === 'payload_invalid'
  return state.round > 1 && (state.status === 'completed' || isUnfit)
}
