/**
 * Runs the records of a batch one by one, so that one that cannot be stored does not fail its neighbors.
 *
 * @throws the first failure, after all have been tried; repeating them is safe
 */
export function eachByItself<Row, Result>(
  rows: readonly Row[],
  run: (row: Row) => Result,
): readonly Result[] {
  const results: Result[] = []
  const failures: unknown[] = []
  for (const row of rows) {
    try {
      results.push(run(row))
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return results
}
