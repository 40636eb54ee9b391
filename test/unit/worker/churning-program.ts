/** Makes garbage that lives for a while, as turns do, and prints how large V8 lets its spaces become for it, in MB. */
import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { keepHeapSmall } from '@backstep/worker/memory'

interface Thing {
  readonly n: number
  readonly parts: readonly number[]
}

if (process.argv[2] === 'kept small') keepHeapSmall()

const held: Thing[] = Array.from({ length: 150_000 }, (_, n) => ({ n, parts: [n] }))
const most = { young: 0, old: 0 }

// How far the heap may grow is reckoned at a collection: until the first one it is a matter of the machine.
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
collect()

for (let turn = 0; turn < 600; turn += 1) {
  for (let each = 0; each < 10_000; each += 1) {
    const n = turn * 10_000 + each
    held[n % held.length] = { n, parts: [n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7] }
  }
  for (const space of getHeapSpaceStatistics()) {
    if (space.space_name === 'new_space') most.young = Math.max(most.young, space.space_size)
    if (space.space_name === 'old_space') most.old = Math.max(most.old, space.space_used_size)
  }
  // As in a program that waits for answers: whoever looks at collections gets to do so.
  await sleep(1)
}
const megabyte = 1_048_576
process.stdout.write(JSON.stringify({ young: most.young / megabyte, old: most.old / megabyte }))
