const special = /["\\]/
const everySpecial = /["\\]/g

/**
 * A list as Postgres writes an array of one dimension: what the driver would make of it, in one pass. Events are JSON, full of
 * quotes, and hundreds of them go in one statement.
 *
 * @returns undefined for a list of anything but texts, numbers, booleans and nulls: that is left to the driver
 */
export function arrayText(items: readonly unknown[]): string | undefined {
  const texts: string[] = []
  for (const item of items) {
    const text = itemText(item)
    if (text === undefined) return undefined
    texts.push(text)
  }
  return `{${texts.join(',')}}`
}

function itemText(item: unknown): string | undefined {
  if (item === null || item === undefined) return 'NULL'
  if (typeof item === 'number' || typeof item === 'boolean') return String(item)
  if (typeof item !== 'string') return undefined
  return special.test(item) ? `"${item.replace(everySpecial, String.raw`\$&`)}"` : `"${item}"`
}
