import { BackstepError } from '../core/backstep-error.ts'

/**
 * What comes back after a value has been stored and read again: nothing is shared with the original, and properties that
 * are undefined are gone, as they are after a jsonb column. Walks the value itself: by way of JSON it takes three times as
 * long, and simulations do little else.
 *
 * @throws BackstepError `PAYLOAD_INVALID` for text that Postgres would refuse as well
 */
export function storableCopy<Value>(value: Value): Value
export function storableCopy(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return storableText(value)
    case 'number':
      // Minus zero comes back as zero.
      return Number.isFinite(value) ? value || 0 : null
    case 'boolean':
      return value
    case 'object':
      if (value === null) return null
      return Array.isArray(value) ? value.map((item) => storableCopy(item) ?? null) : copied(value)
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      return undefined
  }
}

function copied(value: object): object {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const stored: unknown = storableCopy(Reflect.get(value, key))
    if (stored === undefined) continue
    // Assigned, it would be the copy's prototype and no property.
    if (key === '__proto__') Object.defineProperty(copy, key, property(stored))
    else copy[storableText(key)] = stored
  }
  return copy
}

function property(value: unknown): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true }
}

function storableText(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text
  throw new BackstepError(
    'PAYLOAD_INVALID',
    'A text has a NUL or a lone surrogate, which no jsonb column takes; keep them out of what is stored.',
  )
}
