/**
 * What the participants know, by step: which effects stand, and which keys they have seen. One number for a step: effects
 * that stand (bits 0-1), keys of actions (2-5), rounds that were undone (6-9), refused for good (10).
 */
export type Ledger = readonly number[]

const standing = 3
const firstKey = 4
const firstRound = 64
const refusal = 1_024

/** How many effects of a step stand. */
export function standingOf(entry: number): number {
  return entry & standing
}

/** Whether some compensation of a step has taken effect. */
export function wasUndone(entry: number): boolean {
  return (entry & (firstRound * 15)) > 0
}

/** Whether the participant has said that no attempt of this step takes effect, whenever it comes. */
export function isRefused(entry: number): boolean {
  return (entry & refusal) > 0
}

/** An action arrives under a key, counted from 0; one that was seen before, or is refused, changes nothing. */
export function applied(entry: number, key: number): number {
  const mark = firstKey << Math.min(key, 3)
  return (entry & mark) > 0 || isRefused(entry) ? entry : (entry | mark) + 1
}

/** A compensation arrives; what stands of its step does not from here on, unless this round was here before. */
export function undone(entry: number, round: number): number {
  const mark = firstRound << Math.min(round - 1, 3)
  return (entry & mark) > 0 ? entry : (entry | mark) & ~standing
}

/** The participant will have none of this step from here on. */
export function refused(entry: number): number {
  return entry | refusal
}
