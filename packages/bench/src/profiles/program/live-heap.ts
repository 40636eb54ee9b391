import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * What is still reachable on this process's heap, in MB: the rest of its memory is garbage that V8 has not got round to,
 * and room that it keeps. Collects everything first, which takes some tens of milliseconds.
 */
export const liveHeapMb = (): number => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}
