import type { Backstep, SagaRow, SagaStatus } from '@backstep/engine'

/** A client lists at most so many at once, and the demo starts fewer. */
const limit = 1_000

/** All sagas of the demo, newest first; of some statuses only, if given. */
export async function listSagas(
  backstep: Backstep,
  status?: readonly SagaStatus[],
): Promise<readonly SagaRow[]> {
  return backstep.list(status === undefined ? { limit } : { status, limit })
}
