import { createHash, randomFillSync } from 'node:crypto'
import type { Ids } from '../ports/ids.ts'

/** The real thing. */
export const systemIds: Ids = {
  sortable: () => uuidV7(Date.now(), randomPart(10)),
  unique: () => uuidV4(randomPart(16)),
  nonce: () => `n${randomPart(16).toString('hex')}`,
}

/** A version 7 UUID (RFC 9562): 48 bits of milliseconds since 1970, the rest random. */
export function uuidV7(unixMs: number, random: Uint8Array): string {
  for (let index = 0; index < 6; index += 1) stamped[index] = unixMs / 2 ** (40 - 8 * index)
  for (let index = 6; index < 16; index += 1) stamped[index] = random[index - 6] ?? 0
  return uuidText(stamped, 0x70)
}

const stamped = new Uint8Array(16)

/** A version 4 UUID (RFC 9562): random. */
export function uuidV4(random: Uint8Array): string {
  return uuidText(random, 0x40)
}

/** A version 5 UUID (RFC 9562): the same for the same name, and no other's in that namespace. */
export function uuidV5(namespace: string, name: string): string {
  const space = Buffer.from(namespace.replaceAll('-', ''), 'hex')
  return uuidText(createHash('sha1').update(space).update(name).digest(), 0x50)
}

const hexDigits = Buffer.from('0123456789abcdef')
const dash = 0x2d
// Written in place and read as one text: to join it from parts leaves a dozen short texts behind for each id.
const text = Buffer.alloc(36, dash)

function uuidText(bytes: Uint8Array, version: number): string {
  let at = 0
  for (let index = 0; index < 16; index += 1) {
    const byte = marked(bytes[index] ?? 0, index, version)
    if (index === 4 || index === 6 || index === 8 || index === 10) at += 1
    text[at] = hexDigits[byte >> 4] ?? 0
    text[at + 1] = hexDigits[byte & 0x0f] ?? 0
    at += 2
  }
  return text.toString('latin1')
}

/** The bits that say what kind of UUID it is. */
function marked(byte: number, index: number, version: number): number {
  if (index === 6) return (byte & 0x0f) | version
  return index === 8 ? (byte & 0x3f) | 0x80 : byte
}

// Asked for in bulk: a call to the system for each id costs more than all the rest of it.
const pool = Buffer.alloc(4_096)
let used = pool.length

/** Random bytes that nobody else has had. */
function randomPart(length: number): Buffer {
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += length
  return pool.subarray(used - length, used)
}
