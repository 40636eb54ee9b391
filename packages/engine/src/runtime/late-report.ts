import { decide } from '../core/decide.ts'
import { fold } from '../core/fold.ts'
import type { LateReport } from '../core/observation.ts'
import type { Plan } from '../core/plan.ts'
import type { Ids } from '../ports/ids.ts'
import type { SagaStore } from '../ports/saga-store.ts'
import { rowChange } from './row-change.ts'
import { untilAnswered, type Persistence } from './until-answered.ts'

/** What it takes to keep a late result. */
export interface LateReportPorts extends Persistence {
  readonly sagas: SagaStore
  readonly ids: Ids
  /** Takes over a promise that nobody waits for but the end of the worker. It must not reject. */
  readonly inBackground: (work: Promise<void>) => void
}

/** Where the saga ended while this was tried, and where tries end. */
const maximumRounds = 20

/**
 * Puts a late result into the journal, from outside: while somebody may hold the saga it is a request that wakes them;
 * once it has ended, what the result means is decided here.
 */
export async function reportLate(
  ports: LateReportPorts,
  plan: Plan,
  late: LateReport & { readonly sagaId: string },
): Promise<void> {
  const { sagaId, ...report } = late
  const { sagas, ids } = ports
  const { step, claimId } = report
  const event = { ...report, type: 'late_result' } as const
  const request = { sagaId, appendId: ids.unique(), events: [event] }
  let seen = 0
  for (let round = 0; round < maximumRounds; round += 1) {
    const asked = await untilAnswered(() => sagas.request(request), ports)
    if (asked.applied) return
    const entries = await untilAnswered(() => sagas.readJournal(sagaId, 0), ports)
    if (entries.length === 0) break
    const state = fold(plan, sagaId, entries)
    // Nothing new, and yet the row was refused: the saga has gone to the archive, to which nothing is appended.
    if (state.seq === seen) break
    seen = state.seq
    const { events, commands } = decide(plan, state, report)
    const stuck = commands.length > 0
    const record = {
      sagaId,
      seq: state.seq + 1,
      appendId: ids.unique(),
      afterId: entries.at(-1)?.appendId ?? null,
      events,
      task: { type: 'none' },
      row: stuck ? rowChange(plan, state, events) : null,
      snapshot: null,
    } as const
    const [result] = await untilAnswered(() => sagas.append([record]), ports)
    if (result?.applied === true) return
  }
  ports.logger.error(
    { sagaId, step, claimId },
    'a late result could not be written: the saga was archived, or keeps moving',
  )
}
