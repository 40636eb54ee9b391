/** Error texts beyond this are cut: the beginning says what happened, and the journal keeps them for ever. */
export const maximumErrorTextBytes = 8_192

const ellipsis = '…'

/**
 * Makes a text of unknown origin fit to be stored: NUL characters and halves of surrogate pairs, which Postgres refuses,
 * become U+FFFD, and what is too long is cut at a character and ends in an ellipsis. Never refuses: an error must not be
 * lost over its own text.
 *
 * @param maximumBytes in UTF-8, at least 3
 */
export function sanitizeText(text: string, maximumBytes: number = maximumErrorTextBytes): string {
  // A code unit has at least one byte: what lies beyond cannot be kept, and need not be looked at.
  const clean = text
    .slice(0, maximumBytes + 1)
    .replaceAll('\0', '\uFFFD')
    .toWellFormed()
  if (Buffer.byteLength(clean) <= maximumBytes) return clean
  const room = new Uint8Array(maximumBytes - Buffer.byteLength(ellipsis))
  const { read } = new TextEncoder().encodeInto(clean, room)
  return clean.slice(0, read) + ellipsis
}
