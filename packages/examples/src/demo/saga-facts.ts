import type { Backstep, SagaEvent, SagaRow } from '@backstep/engine'

import { listSagas } from './list-sagas.ts'

/** What only the journals tell. */
export interface SagaFacts {
  /** Sagas that a worker took over from one that had died. */
  readonly takenOver: number
  /** Attempts whose outcome nobody knew: no answer, an error, or a worker that died. */
  readonly unknownAttempts: number
}

/** Reads the journals of sagas. */
export async function readFacts(backstep: Backstep, sagas: readonly SagaRow[]): Promise<SagaFacts> {
  const details = await Promise.all(sagas.map(({ sagaId }) => backstep.describe(sagaId)))
  const journals = details.map(({ journal }) => journal.flatMap(({ events }) => events))
  const all = journals.flat()
  return {
    takenOver: journals.filter((events) => count(events, 'lease_lost') > 0).length,
    unknownAttempts:
      count(all, 'lease_lost') + count(all, 'action_failed') + count(all, 'compensation_failed'),
  }
}

/** How many sagas are in a worker's hands, whether or not it is still alive. */
export async function countClaimed(backstep: Backstep): Promise<number> {
  const live = await listSagas(backstep, ['running', 'compensating'])
  const details = await Promise.all(live.map(({ sagaId }) => backstep.describe(sagaId)))
  return details.filter(({ tasks }) => tasks.some(({ claimed }) => claimed)).length
}

function count(events: readonly SagaEvent[], type: SagaEvent['type']): number {
  return events.filter((event) => event.type === type).length
}
