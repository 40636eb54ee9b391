import { fold, foldRest } from '../core/fold.ts'
import { restore } from '../core/restore-snapshot.ts'
import type { SagaEvent } from '../core/event.ts'
import type { Plan } from '../core/plan.ts'
import type { SagaState } from '../core/state.ts'
import type { Claim, ClaimedJournal } from '../ports/task-store.ts'
import type { KnownDefinition, Registry } from './registry.ts'

/** A saga as this process has folded it. */
export interface FoldedSaga {
  readonly definition: KnownDefinition
  readonly state: SagaState
}

/** Where a definition is looked for: in this process, else in the store. */
export type FindDefinition = (
  name: string,
  version: number,
) => KnownDefinition | undefined | ReturnType<Registry['find']>

/**
 * The saga of a claim, up to the last row that was read. At once, where its definition is at hand.
 *
 * @param known what the claim named as known, in the state that it had then; anything else is not looked at
 * @throws RangeError when the journal cannot be read here: it has no start, or nobody has registered its definition
 */
export function readClaim(
  { sagaId, journal }: Claim,
  known: FoldedSaga | null,
  find: FindDefinition,
): FoldedSaga | Promise<FoldedSaga> {
  if (journal.type === 'rest') return readOn(sagaId, journal, known)
  const started = firstEvent(journal)
  if (started?.type !== 'saga_started')
    throw new RangeError(`The journal of saga ${sagaId} has no start.`)
  const { name, version } = started
  const folded = (definition: KnownDefinition | undefined): FoldedSaga => {
    if (definition === undefined) {
      throw new RangeError(
        `Saga ${sagaId} runs on "${name}" version ${version}, which nobody has registered.`,
      )
    }
    return { definition, state: stateOf(definition.plan, sagaId, journal) }
  }
  const found = find(name, version)
  return found instanceof Promise ? found.then(folded) : folded(found)
}

function readOn(
  sagaId: string,
  { after, entries }: Extract<ClaimedJournal, { type: 'rest' }>,
  known: FoldedSaga | null,
): FoldedSaga {
  if (known === null || known.state.seq !== after) {
    throw new RangeError(
      `Of saga ${sagaId} only the rows after ${after} were read, and nothing of those before is known here.`,
    )
  }
  const { definition, state } = known
  return { definition, state: foldRest(definition.plan, state, entries) }
}

type FromStart = Exclude<ClaimedJournal, { type: 'rest' }>

function firstEvent(journal: FromStart): SagaEvent | undefined {
  const [first] = journal.type === 'whole' ? journal.entries : journal.rows
  return first?.events[0]
}

function stateOf(plan: Plan, sagaId: string, journal: FromStart): SagaState {
  const { type, entries } = journal
  if (type === 'whole') return fold(plan, sagaId, entries)
  return foldRest(plan, restore(plan, sagaId, journal.snapshot, journal.rows), entries)
}
