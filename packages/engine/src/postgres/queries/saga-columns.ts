import { sql, type RawBuilder } from 'kysely'
import type { SagaRow } from '../../ports/saga-queries.ts'
import { inMs } from '../sql-executor.ts'

/** The columns of a row `s` of sagas, under the names that people's rows have. */
export const sagaColumns: RawBuilder<SagaRow> = sql<SagaRow>`
      s.id as "sagaId", s.definition_name as name, s.definition_version as version, s.key,
      s.status, s.paused, s.stuck_code as "stuckCode", s.stuck_step as "stuckStep", s.failure, s.output,
      ${inMs('s.started_at')} as "startedAt", ${inMs('s.changed_at')} as "changedAt"`
