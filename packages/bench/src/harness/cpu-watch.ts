import { performance } from 'node:perf_hooks'

import { machineCpuMs, treeCpuMs } from './cpu-time.ts'

interface Reading {
  readonly atMs: number
  readonly stores: number
  readonly ours: number
  readonly machine: number
}

/** Who used the processors in a window. */
export interface CpuShares {
  readonly storesMs: number
  readonly strangerCores: number
}

/** Watches the processors during the window of one run. */
export class CpuWatch {
  readonly #stores: readonly number[]
  #opened: Reading | null = null
  #closed: Reading | null = null

  /** `stores` are the servers of this run; everything else that is not ours is a stranger. */
  constructor(stores: readonly number[]) {
    this.#stores = stores
  }

  readonly open = (): void => {
    this.#opened = this.#read()
  }

  readonly close = (): void => {
    this.#closed = this.#read()
  }

  /** What came of the window, after it was closed. */
  shares(): CpuShares {
    const [from, to] = [this.#opened, this.#closed]
    if (from === null || to === null) throw new Error('The window was not opened and closed.')
    const strangersMs = to.machine - from.machine - (to.ours - from.ours)
    return {
      storesMs: to.stores - from.stores,
      // Ticks are charged by samples: a quiet machine may come out a little below zero.
      strangerCores: Math.max(0, strangersMs) / (to.atMs - from.atMs),
    }
  }

  #read(): Reading {
    return {
      atMs: performance.now(),
      stores: treeCpuMs(this.#stores),
      // All that the bench started is below it: servers and runners.
      ours: treeCpuMs([process.pid, ...this.#stores]),
      machine: machineCpuMs(),
    }
  }
}
