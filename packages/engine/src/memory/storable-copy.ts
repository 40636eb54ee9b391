import { BackstepError } from '../core/backstep-error.ts'

// NUL, and the lone surrogates that JSON.stringify escapes; an even number of backslashes before is text of its own.
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/

/**
 * What comes back after a value has been stored and read again: nothing is shared with the original, and properties that
 * are undefined are gone, as they are after a jsonb column.
 *
 * @throws BackstepError `PAYLOAD_INVALID` for text that Postgres would refuse as well
 */
export function storableCopy<Value>(value: Value): Value {
  const text = JSON.stringify(value)
  if (unstorable.test(text)) {
    throw new BackstepError(
      'PAYLOAD_INVALID',
      'A text has a NUL or a lone surrogate, which no jsonb column takes; keep them out of what is stored.',
    )
  }
  const copy: Value = JSON.parse(text)
  return copy
}
