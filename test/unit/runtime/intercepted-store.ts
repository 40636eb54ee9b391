import { BackstepError } from '../../../packages/engine/src/core/backstep-error.ts'
import type { MemoryStore } from '../../../packages/engine/src/memory/index.ts'

/** One call of a store's method on its way. */
export interface StoreCall {
  readonly method: string
  readonly args: readonly unknown[]
  /** Carries it out. */
  readonly pass: () => Promise<unknown>
}

/** Decides what becomes of a call: pass it, fail it, or do the one and then the other. */
export type Interceptor = (call: StoreCall) => Promise<unknown>

/** A real store behind somebody who stands in the way: what a network between a process and Postgres does. */
export function interceptedStore(store: MemoryStore, intercept: Interceptor): MemoryStore {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target)
      if (typeof method !== 'function' || typeof name !== 'string') return method
      return (...args: readonly unknown[]) =>
        intercept({
          method: name,
          args,
          pass: async () => Reflect.apply(method, target, args) as unknown,
        })
    },
  })
}

/** What the Postgres adapter throws when it has had no answer. */
export function away(): BackstepError {
  return new BackstepError('DATABASE_UNAVAILABLE', 'Postgres is away, says the test.')
}
