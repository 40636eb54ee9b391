import type { StepState } from './state.ts'

/**
 * The steps of a saga by key: a map that is never changed. One that differs in an entry shares everything else with the one
 * it was made from, so that a saga of ten thousand steps pays for a change what one of ten pays (a hash trie after Bagwell,
 * Ideal Hash Trees, 2001). Plain data, and the same entries always give the same form: two maps are equal exactly when
 * they look alike.
 */
export interface StepMap {
  readonly size: number
  readonly root: Slot
}

type Slot = Bucket | Fork

/** Few entries, in the order of their keys. */
interface Bucket {
  readonly entries: readonly StepEntry[]
}

/** Many entries, spread by four more bits of the hashes of their keys. */
interface Fork {
  readonly slots: readonly Slot[]
}

type StepEntry = readonly [key: string, step: StepState]

const bucketSize = 8
const bitsEach = 4
const mask = (1 << bitsEach) - 1
/** Where the bits of a hash end, a bucket takes whatever comes. */
const deepest = 32 / bitsEach

const noEntries: Bucket = { entries: [] }

/** A saga that has reached no step. */
export const noSteps: StepMap = { size: 0, root: noEntries }

/** A step that was reached, else undefined. */
export function stepAt(steps: StepMap, key: string): StepState | undefined {
  let slot = steps.root
  if ('slots' in slot) {
    let hash = hashOf(key)
    while ('slots' in slot) {
      slot = slotOf(slot, hash)
      hash >>>= bitsEach
    }
  }
  return slot.entries.find(([name]) => name === key)?.[1]
}

/** The same map with one step set. */
export function withStep(steps: StepMap, key: string, step: StepState): StepMap {
  const isNew = stepAt(steps, key) === undefined
  const root = setIn(steps.root, { entry: [key, step], hash: hashOf(key), depth: 0 })
  return { size: isNew ? steps.size + 1 : steps.size, root }
}

/** All steps, in no order that means anything. */
export function stepEntries({ root }: StepMap): readonly StepEntry[] {
  return entriesOf(root)
}

function entriesOf(slot: Slot): readonly StepEntry[] {
  return 'slots' in slot ? slot.slots.flatMap((each) => entriesOf(each)) : slot.entries
}

interface Setting {
  readonly entry: StepEntry
  /** What is left of the hash at this depth. */
  readonly hash: number
  readonly depth: number
}

function setIn(slot: Slot, setting: Setting): Slot {
  if (!('slots' in slot)) return setInBucket(slot, setting)
  const place = setting.hash & mask
  const below = { ...setting, hash: setting.hash >>> bitsEach, depth: setting.depth + 1 }
  return { slots: slot.slots.with(place, setIn(slotOf(slot, setting.hash), below)) }
}

function setInBucket({ entries }: Bucket, { entry, depth }: Setting): Slot {
  const [key] = entry
  const place = entries.findIndex(([name]) => name >= key)
  if (entries[place]?.[0] === key) return { entries: entries.with(place, entry) }
  const more = entries.toSpliced(place === -1 ? entries.length : place, 0, entry)
  return more.length > bucketSize && depth < deepest ? spread(more, depth) : { entries: more }
}

function spread(entries: readonly StepEntry[], depth: number): Slot {
  const empty: Slot = { slots: Array.from({ length: mask + 1 }, () => noEntries) }
  return entries.reduce<Slot>((slot, entry) => {
    // As much of the hash as the way here has used up is gone.
    const hash = hashOf(entry[0]) >>> (depth * bitsEach)
    return setIn(slot, { entry, hash, depth })
  }, empty)
}

function slotOf({ slots }: Fork, hash: number): Slot {
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
