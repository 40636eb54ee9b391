import { BackstepError } from './backstep-error.ts'
import type { JsonValue } from './json.ts'
import { printPath, type PathSegment } from './print-path.ts'

/** The largest payload that is stored, in bytes of JSON as UTF-8. Beyond it a store slows down for everybody. */
export const maximumPayloadBytes = 1_048_576

/** How deep objects and arrays may be nested: far more than data needs, far less than a stack or a database gives up at. */
const maximumDepth = 64

/** Keys that reach an object's prototype when somebody copies it carelessly. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** A payload as it will be stored. */
export interface CheckedPayload {
  readonly json: string
  /** A copy, equal to what is read back later; the caller's own object may change. */
  readonly value: JsonValue
  /** Length of `json` as UTF-8. */
  readonly bytes: number
}

/**
 * Makes sure that a value survives Postgres's jsonb unchanged, before it is sent there: what the database refuses, or
 * would silently change, is refused here with a path. As in JSON, properties that are undefined are dropped; undefined
 * at the top or in an array becomes null. Work and stack are bounded, whatever the value is.
 *
 * @param name begins the message of the error: `The output of step "pay"`
 * @throws BackstepError `PAYLOAD_INVALID`, naming the path, the value and the next move
 */
export function checkPayload(value: unknown, name: string): CheckedPayload {
  const copy = copyValue({ name, path: [], ancestors: [], leastBytes: 0 }, value)
  const json = JSON.stringify(copy)
  const bytes = Buffer.byteLength(json)
  if (bytes > maximumPayloadBytes) throw tooLarge(name, bytes)
  return { json, value: copy, bytes }
}

/** Where the copying is. */
interface Walk {
  readonly name: string
  readonly path: PathSegment[]
  readonly ancestors: object[]
  /** The copy so far has at least this many bytes: ends the walk through what is shared over and over. */
  leastBytes: number
}

function copyValue(walk: Walk, value: unknown): JsonValue {
  switch (typeof value) {
    case 'string':
      checkText(walk, value)
      return value
    case 'number':
      count(walk, 1)
      if (!Number.isFinite(value))
        throw refusal(walk, String(value), 'store a finite number or null')
      // Minus zero would come back as zero.
      return value === 0 ? 0 : value
    case 'boolean':
      count(walk, 4)
      return value
    case 'undefined':
      count(walk, 4)
      return null
    case 'object':
      return value === null ? copyValue(walk, undefined) : copyObject(walk, value)
    case 'bigint':
      throw refusal(walk, `the bigint ${value}n`, 'store a string')
    case 'function':
      throw refusal(walk, 'a function', 'store data, or leave it out')
    case 'symbol':
      throw refusal(walk, 'a symbol', 'store a string')
  }
}

function checkText(walk: Walk, text: string): void {
  count(walk, text.length + 2)
  if (text.includes('\0')) {
    throw refusal(walk, `${shorten(text)} with a NUL character`, 'remove it, or store base64')
  }
  if (!text.isWellFormed()) {
    throw refusal(
      walk,
      `${shorten(text)} with half of a surrogate pair`,
      'do not cut texts inside a character, or use toWellFormed()',
    )
  }
}

function count(walk: Walk, bytes: number): void {
  walk.leastBytes += bytes
  if (walk.leastBytes > maximumPayloadBytes) throw tooLarge(walk.name, null)
}

function copyObject(walk: Walk, value: object): JsonValue {
  if (walk.ancestors.includes(value)) {
    throw refusal(walk, 'an object that contains itself', 'store an id in its place')
  }
  if (walk.ancestors.length === maximumDepth) {
    throw refusal(walk, `deeper than ${maximumDepth} levels`, 'store it flatter')
  }
  count(walk, 2)
  walk.ancestors.push(value)
  const copy = Array.isArray(value) ? copyArray(walk, value) : copyRecord(walk, value)
  walk.ancestors.pop()
  return copy
}

function copyArray(walk: Walk, items: readonly unknown[]): JsonValue {
  const copy: JsonValue[] = []
  for (let index = 0; index < items.length; index += 1) {
    walk.path.push(index)
    if (!Object.hasOwn(items, index)) throw refusal(walk, 'a hole in an array', 'store null there')
    copy.push(copyValue(walk, items[index]))
    walk.path.pop()
  }
  return copy
}

function copyRecord(walk: Walk, value: object): JsonValue {
  if (!isPlain(value)) {
    const name = classOf(value)
    const move = replacements.get(name) ?? 'store a plain object with the fields that matter'
    throw refusal(walk, `an instance of ${name}`, move)
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw refusal(walk, 'an object with a symbol as a key', 'use texts as keys')
  }
  const copy: Record<string, JsonValue> = {}
  for (const [key, item] of Object.entries(value)) {
    walk.path.push(key)
    checkKey(walk, key)
    if (item !== undefined) copy[key] = copyValue(walk, item)
    walk.path.pop()
  }
  return copy
}

function checkKey(walk: Walk, key: string): void {
  if (forbiddenKeys.has(key)) {
    throw refusal(walk, `under the key ${key}, which reaches prototypes`, 'rename the key')
  }
  checkText(walk, key)
}

/** Object literals, also those of another realm, and objects without a prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function classOf(value: object): string {
  const { constructor } = value
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'a class'
}

const replacements: ReadonlyMap<string, string> = new Map([
  ['Date', 'use an ISO string: date.toISOString()'],
  ['Map', 'use an object: Object.fromEntries(map)'],
  ['Set', 'use an array: [...set]'],
  ['Buffer', "use a base64 string: buffer.toString('base64')"],
  ['Uint8Array', "use a base64 string: Buffer.from(bytes).toString('base64')"],
  ['URL', 'use a string: url.href'],
])

function refusal(walk: Walk, what: string, move: string): BackstepError {
  const subject = walk.path.length === 0 ? 'it' : printPath(walk.path)
  return new BackstepError(
    'PAYLOAD_INVALID',
    `${walk.name} cannot be stored: ${subject} is ${what}; ${move}.`,
  )
}

function tooLarge(name: string, bytes: number | null): BackstepError {
  const size = bytes === null ? 'more than that' : `${bytes}`
  return new BackstepError(
    'PAYLOAD_INVALID',
    `${name} cannot be stored: at most ${maximumPayloadBytes} bytes of JSON are, and it has ${size}; keep the data elsewhere and store a reference to it.`,
  )
}

function shorten(text: string): string {
  return JSON.stringify(text.length <= 40 ? text : `${text.slice(0, 40)}…`)
}
