import { sql, type RawBuilder } from 'kysely'

/**
 * What is in the bucket of the row `g` of saga_queues as the statement begins; null where there is no rate. A row that was
 * filled later than that, by somebody for whom this statement has waited, has gained nothing since.
 */
export const tokensNow: RawBuilder<number | null> = sql<number | null>`least(
        g.rate_limit::float8,
        g.tokens + greatest(
          0, extract(epoch from statement_timestamp() - g.refilled_at)::float8 * 1000
        ) * g.rate_limit / g.rate_per_ms
      )`

/** When that was so: never before what the row says, so that no time counts twice. */
export const filledNow: RawBuilder<Date> = sql<Date>`greatest(
        g.refilled_at, statement_timestamp()
      )`
