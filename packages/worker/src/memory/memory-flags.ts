import { getHeapStatistics } from 'node:v8'

const bytesOfMb = 1_048_576

/** Up to here V8 collects before the heap has doubled; beyond, it lets it grow fourfold first. */
const thriftyHeapMb = 2_000

const sizeFlag = /^--max[-_](?:semi[-_]space|old[-_]space|heap)[-_]size/

/**
 * Node's flags that keep a worker's memory small: what its turns leave behind is short-lived, and collected early it takes
 * half the memory for a few percent of processor time. None for whoever has chosen a size, and no limit is raised.
 *
 * @param given the flags that the process was started with
 * @param heapLimitBytes what V8 would let its heap grow to
 */
export function memoryFlags(given: readonly string[], heapLimitBytes: number): readonly string[] {
  if (choosesHeapSize(given)) return []
  const isLarge = heapLimitBytes / bytesOfMb > thriftyHeapMb
  const heap = isLarge ? [`--max-old-space-size=${thriftyHeapMb}`] : []
  return ['--max-semi-space-size=16', ...heap]
}

/** Whether whoever gave these flags has chosen a size of the heap, or of a part of it. */
export function choosesHeapSize(given: readonly string[]): boolean {
  return given.some((flag) => sizeFlag.test(flag))
}

/** The flags that this process was started with. */
export function givenFlags(): readonly string[] {
  return [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)]
}

/**
 * Begins this process anew with these flags, under the same id and with the same arguments. Where the system or this
 * version of Node cannot do that, it stays as it is.
 */
export function restartWithMemoryFlags(): void {
  const { execArgv, env, execPath, argv, platform } = process
  const flags = memoryFlags(givenFlags(), getHeapStatistics().heap_size_limit)
  if (flags.length === 0 || platform === 'win32' || process.execve === undefined) return
  const all = [execPath, ...execArgv, ...flags, ...argv.slice(1)]
  process.execve(execPath, all, env)
}
