import { randomFillSync, randomUUID } from 'node:crypto'
import type { Ids } from '../ports/ids.ts'

/** The real thing. */
export const systemIds: Ids = {
  sortable: () => uuidV7(Date.now(), randomPart(10)),
  unique: () => randomUUID(),
  nonce: () => `n${randomPart(16).toString('hex')}`,
}

/** A version 7 UUID (RFC 9562): 48 bits of milliseconds since 1970, the rest random. */
export function uuidV7(unixMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(unixMs) << 16n)
  bytes.set(random.subarray(0, 10), 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
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
