import { setTimeout as sleep } from 'node:timers/promises'

import type { BackendFactory, IQueueBackend } from 'bullmq'

import type { FetchListener } from './queue-backend.ts'

const PAUSE_MS = 500

/**
 * A backend on which a fetch that fails fails slowly. BullMQ's worker asks again at once, which is a busy loop for as long
 * as Redis is full or Postgres is not migrated.
 */
export const paceFailingFetches =
  <B extends IQueueBackend, C>(
    factory: BackendFactory<B, C>,
    fetches?: FetchListener,
  ): BackendFactory<B, C> =>
  (name, opts, more) => {
    const backend = factory(name, opts, more)
    const fetch = backend.moveToActive.bind(backend)
    backend.moveToActive = async (token, workerName) => {
      fetches?.onFetch()
      try {
        const fetched = await fetch(token, workerName)
        fetches?.onFetched(true)
        return fetched
      } catch (error) {
        fetches?.onFetched(false)
        await sleep(PAUSE_MS)
        throw error
      }
    }
    return backend
  }
