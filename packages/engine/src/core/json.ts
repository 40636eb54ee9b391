/** A value that survives a round trip through a jsonb column unchanged. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** A copy that shares nothing with the value. */
export function copyJson<Value extends JsonValue>(value: Value): Value
export function copyJson(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (isList(value)) return value.map((item) => copyJson(item))
  const copy: Record<string, JsonValue> = {}
  for (const [key, item] of Object.entries(value)) {
    // Assigned, it would be the copy's prototype and no property.
    if (key === '__proto__') Object.defineProperty(copy, key, property(copyJson(item)))
    else copy[key] = copyJson(item)
  }
  return copy
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function property(value: JsonValue): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true }
}
