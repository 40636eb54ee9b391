import { sql, type RawBuilder } from 'kysely'

/** Whether a row `s` of sagas has come to its end before that time, in milliseconds since 1970. */
export function hasEndedBefore(cutoffMs: number): RawBuilder<boolean> {
  return sql<boolean>`s.status in ('completed', 'compensated', 'partially_compensated', 'abandoned')
        and s.changed_at < to_timestamp(${cutoffMs}::float8 / 1000)`
}
