/**
 * Values by key: a map that is never changed. One that differs in an entry shares everything else with the one it was made
 * from, so that a saga of ten thousand steps pays for a change what one of ten pays (a hash trie after Bagwell, Ideal Hash
 * Trees, 2001). Plain data, and the same entries always give the same form: two maps are equal exactly when
 * they look alike.
 */
export interface KeyMap<Value> {
  readonly size: number
  readonly root: Slot<Value>
}

type Slot<Value> = Bucket<Value> | Spread<Value>

/** Few entries, in the order of their keys. */
interface Bucket<Value> {
  readonly entries: readonly Entry<Value>[]
}

/** Many entries, spread by four more bits of the hashes of their keys; without a slot where there are none. */
interface Spread<Value> {
  readonly slots: readonly (Slot<Value> | undefined)[]
}

type Entry<Value> = readonly [key: string, value: Value]

const bucketSize = 8
const bitsEach = 4
const mask = (1 << bitsEach) - 1
/** Where the bits of a hash end, a bucket takes whatever comes. */
const deepest = 32 / bitsEach

const noEntries: Bucket<never> = { entries: [] }

/** No value at all. */
export const emptyMap: KeyMap<never> = { size: 0, root: noEntries }

/** The value with this key, else undefined. */
export function valueAt<Value>(map: KeyMap<Value>, key: string): Value | undefined {
  let slot = map.root
  if ('slots' in slot) {
    let hash = hashOf(key)
    while ('slots' in slot) {
      slot = slotOf(slot, hash)
      hash >>>= bitsEach
    }
  }
  return slot.entries.find(([name]) => name === key)?.[1]
}

/** The same map with one value set. */
export function withValue<Value>(map: KeyMap<Value>, key: string, value: Value): KeyMap<Value> {
  const isNew = valueAt(map, key) === undefined
  const root = setIn(map.root, { entry: [key, value], hash: hashOf(key), depth: 0 })
  return { size: isNew ? map.size + 1 : map.size, root }
}

/** A map of these entries. */
export function mapOf<Value>(entries: readonly Entry<Value>[]): KeyMap<Value> {
  return entries.reduce<KeyMap<Value>>((map, [key, value]) => withValue(map, key, value), emptyMap)
}

/** All entries, in no order that means anything. */
export function entriesIn<Value>({ root }: KeyMap<Value>): readonly Entry<Value>[] {
  return entriesOf(root)
}

function entriesOf<Value>(slot: Slot<Value>): readonly Entry<Value>[] {
  if (!('slots' in slot)) return slot.entries
  return slot.slots.flatMap((each) => (each === undefined ? [] : entriesOf(each)))
}

interface Setting<Value> {
  readonly entry: Entry<Value>
  /** What is left of the hash at this depth. */
  readonly hash: number
  readonly depth: number
}

function setIn<Value>(slot: Slot<Value>, setting: Setting<Value>): Slot<Value> {
  if (!('slots' in slot)) return setInBucket(slot, setting)
  const place = setting.hash & mask
  const below = { ...setting, hash: setting.hash >>> bitsEach, depth: setting.depth + 1 }
  return { slots: slot.slots.with(place, setIn(slotOf(slot, setting.hash), below)) }
}

function setInBucket<Value>(
  { entries }: Bucket<Value>,
  { entry, depth }: Setting<Value>,
): Slot<Value> {
  const [key] = entry
  const place = entries.findIndex(([name]) => name >= key)
  if (entries[place]?.[0] === key) return { entries: entries.with(place, entry) }
  const more = entries.toSpliced(place === -1 ? entries.length : place, 0, entry)
  return more.length > bucketSize && depth < deepest ? spread(more, depth) : { entries: more }
}

function spread<Value>(entries: readonly Entry<Value>[], depth: number): Slot<Value> {
  const empty: Slot<Value> = { slots: Array.from({ length: mask + 1 }, () => undefined) }
  return entries.reduce<Slot<Value>>((slot, entry) => {
    // As much of the hash as the way here has used up is gone.
    const hash = hashOf(entry[0]) >>> (depth * bitsEach)
    return setIn(slot, { entry, hash, depth })
  }, empty)
}

function slotOf<Value>({ slots }: Spread<Value>, hash: number): Slot<Value> {
  return slots[hash & mask] ?? noEntries
}

/** FNV-1a over UTF-16 units, with its bits mixed: keys that differ in their last digit must not share their low bits. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}
