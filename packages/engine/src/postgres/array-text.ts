/** What an array may hold without quotes, as ids are and a null is not. */
const bare = /^(?!null$)[\w-]+$/i
const special = /["\\]/
const everySpecial = /["\\]/g
// oxlint-disable-next-line no-control-regex -- These are what JSON writes in a way that Postgres's arrays do not know.
const controlCharacter = /[\0-\u001f]/

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
  if (bare.test(item)) return item
  return special.test(item) ? quoted(item) : `"${item}"`
}

/** JSON quotes as arrays do, five times as fast as a replacement, but for what it has escapes of its own. */
function quoted(text: string): string {
  if (!controlCharacter.test(text) && text.isWellFormed()) return JSON.stringify(text)
  return `"${text.replace(everySpecial, String.raw`\$&`)}"`
}
