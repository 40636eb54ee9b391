import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

import { choosesHeapSize, givenFlags } from './memory-flags.ts'

/** Of the space in which V8 makes new objects, both halves together; left to itself it takes 128 MB. */
const youngSpaceBytes = 32 * 1_048_576

/**
 * Keeps the memory of this process small from now on: what turns leave behind is short-lived, and collected early it takes
 * two thirds of the memory for some percent of processor time. For a program that works on sagas in its own process and
 * that cannot be started with flags; `backstep-worker` sets those by itself. Call it once, before the first worker starts.
 *
 * It is a matter of the whole process, whatever else runs in it: so nothing in Backstep calls it for you. It changes when V8
 * collects, through settings of V8 that no Node API stands for, and limits nothing: a heap that has to be large still grows.
 * A process that was started with a heap size of somebody's choice is left alone.
 */
export function keepHeapSmall(): void {
  if (choosesHeapSize(givenFlags())) return
  // Everything is collected when what is live has doubled; by default a heap with room may grow fourfold before.
  setFlagsFromString('--heap-growing-percent=100')
  setFlagsFromString(growthFlag(youngSpaceSize()))
  // After each collection: in a process that rests the space shrinks, and must be able to grow again.
  const observer = new PerformanceObserver(() => setFlagsFromString(growthFlag(youngSpaceSize())))
  observer.observe({ entryTypes: ['gc'] })
}

/** By which factor the space for new objects may grow after it has reached this size. */
export function growthFlag(bytes: number): string {
  return `--semi-space-growth-factor=${bytes < youngSpaceBytes ? 2 : 1}`
}

function youngSpaceSize(): number {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  return space?.space_size ?? 0
}
