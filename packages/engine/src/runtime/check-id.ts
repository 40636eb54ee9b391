import { BackstepError } from '../core/backstep-error.ts'

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

const maximumBytes = 255

// A control character in a key is a slip, and NUL cannot be stored at all.
const control = /\p{Cc}/u

/**
 * A saga id, in lower case.
 *
 * @throws BackstepError `ID_INVALID` on anything but a UUID
 */
export function checkSagaId(sagaId: unknown): string {
  if (typeof sagaId === 'string' && uuid.test(sagaId)) return sagaId.toLowerCase()
  throw new BackstepError(
    'ID_INVALID',
    `${JSON.stringify(sagaId)} is not a saga id; pass the UUID that start gave, or look it up with "backstep list --key KEY".`,
  )
}

/**
 * A key, an actor or another short text of the caller's.
 *
 * @param name what it is, so that the error can say it
 * @throws BackstepError `ID_INVALID` when it is empty, longer than 255 bytes, or has characters that cannot be stored
 */
export function checkText(text: unknown, name: string): string {
  const reason = refusal(text)
  if (typeof text === 'string' && reason === null) return text
  throw new BackstepError(
    'ID_INVALID',
    `The ${name} ${shown(text)} ${reason}; pass 1 to 255 bytes of printable text.`,
  )
}

function refusal(text: unknown): string | null {
  if (typeof text !== 'string') return 'is not a text'
  if (text.trim() === '') return 'is empty'
  if (!text.isWellFormed()) return 'has a lone surrogate'
  if (control.test(text)) return 'has a control character'
  return Buffer.byteLength(text) > maximumBytes ? `is longer than ${maximumBytes} bytes` : null
}

function shown(text: unknown): string {
  const json = typeof text === 'string' ? JSON.stringify(text) : typeof text
  return json.length > 80 ? `${json.slice(0, 80)}…` : json
}
