import { describe, expect, it } from 'vitest'

import { parseMachineStat, parseProcessStat } from '../../../packages/bench/src/harness/cpu-time.ts'

describe('CPU time', () => {
  it('of a process is read behind a name that holds spaces and parentheses', () => {
    const line =
      '812 (postgres: a) b (c) S 4 812 812 0 -1 4194560 90 80 0 0 150 50 30 20 20 0 1 0 99 1 1'
    expect(parseProcessStat(line)).toEqual({
      pid: 812,
      parent: 4,
      ownMs: 2000,
      endedChildrenMs: 500,
    })
  })

  it('of the machine counts programs and the host, not idling, waiting and interrupts', () => {
    expect(parseMachineStat('cpu  10 1 20 5000 300 40 50 7 0 0')).toBe(380)
  })
})
