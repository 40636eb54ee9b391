/**
 * JSON with keys in one order (by code unit) and no white space, so that equal data gives equal text: for hashes and
 * comparisons. The order of arrays counts; properties that are undefined do not.
 *
 * @param value JSON data, as `checkPayload` lets through
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}
