// Control and format characters, lone surrogates, and separators that end a line: what could move the cursor, hide or
// turn text around, or pretend to be our own output.
const dangerous = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Text from outside as it may be shown on a terminal: on one line, with nothing in it that a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(dangerous, (character) => short[character] ?? escaped(character))
}

/** The same for text that is JSON already: it stays the same JSON. */
export function printableJson(json: string): string {
  return json.replaceAll(dangerous, (character) => (character === '\n' ? '\n' : escaped(character)))
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
