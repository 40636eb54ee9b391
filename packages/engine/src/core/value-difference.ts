import { canonicalJson } from './canonical-json.ts'
import { printPath, type PathSegment } from './print-path.ts'

/** Longer values are cut: the path says where to look. */
const maximumPrintedLength = 60

/**
 * Where two values of JSON data differ, in words, as deep as objects go on both sides:
 * `retry.maximumAttempts changed from 5 to 3`.
 */
export function valueDifferences(
  before: unknown,
  after: unknown,
  path: readonly PathSegment[] = [],
): readonly string[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...keys].flatMap((key) => valueDifferences(before[key], after[key], [...path, key]))
  }
  if (print(before) === print(after)) return []
  const changed = `changed from ${shorten(print(before))} to ${shorten(print(after))}`
  return [`${printPath(path)} ${changed}`]
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function print(value: unknown): string {
  return value === undefined ? 'nothing' : canonicalJson(value)
}

function shorten(text: string): string {
  return text.length <= maximumPrintedLength ? text : `${text.slice(0, maximumPrintedLength)}…`
}
