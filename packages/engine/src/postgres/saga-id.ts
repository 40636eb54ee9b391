/** No saga has an id that is no UUID; in a statement, Postgres would call it an error. */
export function isSagaId(sagaId: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(sagaId)
}
