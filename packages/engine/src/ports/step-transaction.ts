/**
 * The saga database, inside the transaction that the attempt's success will be committed in: what the handler of a
 * transactional step writes here is there if and only if the journal says that the step succeeded. It ends with the
 * handler; the engine commits it, or rolls it back.
 *
 * It has the shape of a pg client, so it can be given to whatever takes one, `start` of a saga included. `kyselyOf` makes a
 * Kysely transaction of it.
 */
export interface StepTransaction {
  /**
   * Runs one statement, with `$1`, `$2` … for its values. A statement that fails spoils the whole transaction, as always in
   * Postgres, unless a savepoint was set before it.
   *
   * @throws what Postgres says; RangeError for a statement that would end the transaction, and once the handler has ended
   */
  query<Row = Readonly<Record<string, unknown>>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<StatementResult<Row>>
}

/** What came of a statement. */
export interface StatementResult<Row> {
  /** `SELECT`, `INSERT` and so on. */
  readonly command: string
  /** How many rows were returned or changed; null for statements that have no such number. */
  readonly rowCount: number | null
  readonly rows: Row[]
}
