import { BackstepError, isBackstepError } from '../core/backstep-error.ts'
import type { StartRecord, StartResult } from '../ports/saga-store.ts'
import type { Engine } from './engine.ts'

/** How a start ended that nobody else's transaction holds up any more. */
export type SettledStart = Exclude<StartResult, { readonly status: 'busy' }>

/** A start that was answered, and the time just before it was sent. */
export interface AnsweredStart {
  readonly result: SettledStart
  readonly sentAtMs: number
}

type MakePorts = Pick<Engine, 'sagas' | 'clock'>

/** What is to be made, and how. */
export interface SagaToMake {
  /** Asked before each try that cannot have made the saga yet. */
  readonly record: () => StartRecord
  /** The caller's own, if there is one. */
  readonly transaction: unknown
  /** The key is busy, and nothing has been made so far. */
  readonly onBusy: () => void
}

/** Pauses before a start is repeated whose reply was lost, in milliseconds; with the last one that has an end. */
const repeatAfterMs: readonly (number | null)[] = [100, 400, null]

/** Pauses before a key is tried again that somebody's open transaction has taken: the first, and the longest. */
const firstPauseMs = 5
const longestPauseMs = 200

/** For so long such a transaction is waited for. */
const busyLimitMs = 30_000

/**
 * Makes a saga. In the caller's transaction it is tried once; else it is repeated when its reply was lost, and as long as a
 * transaction of somebody else has taken the key and has not ended. Waiting takes no connection.
 *
 * @throws BackstepError `DATABASE_UNAVAILABLE` when Postgres did not answer, or the key stayed busy
 */
export async function makeSaga(ports: MakePorts, saga: SagaToMake): Promise<AnsweredStart> {
  const { clock } = ports
  const giveUpAtMs = clock.monotonicMs() + busyLimitMs
  let record = saga.record()
  let lost = false
  const onLost = (): void => void (lost = true)
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    const sentAtMs = clock.monotonicMs()
    const result = await send(ports, { record, transaction: saga.transaction, onLost })
    if (result.status !== 'busy') return { result, sentAtMs }
    if (clock.monotonicMs() >= giveUpAtMs) throw busyKey(record)
    if (!lost) {
      saga.onBusy()
      record = saga.record()
    }
    await clock.sleep(pauseMs)
  }
}

/** A record on its way to the store. */
interface Sending {
  readonly record: StartRecord
  readonly transaction: unknown
  readonly onLost: () => void
}

/**
 * A connection that breaks at the commit leaves open whether the saga was made. The same record may be sent again: it names
 * the saga. In the caller's transaction there is nothing to repeat, because that is gone with its connection.
 */
async function send(
  { sagas, clock }: MakePorts,
  { record, transaction, onLost }: Sending,
): Promise<StartResult> {
  if (transaction !== undefined) return only(await sagas.start([record], { transaction }))
  for (const pauseMs of repeatAfterMs) {
    try {
      return only(await sagas.start([record]))
    } catch (error) {
      if (!isBackstepError(error, 'DATABASE_UNAVAILABLE') || pauseMs === null) throw error
      onLost()
      await clock.sleep(pauseMs)
    }
  }
  throw new RangeError('The last try has an end.')
}

function only([result]: readonly StartResult[]): StartResult {
  if (result === undefined) throw new RangeError('The store gave no result for a start.')
  return result
}

function busyKey({ event }: StartRecord): BackstepError {
  return new BackstepError(
    'DATABASE_UNAVAILABLE',
    `Key ${JSON.stringify(event.key)} of saga "${event.name}" was taken by a transaction that had not ended after ${busyLimitMs} ms, so whether it is free is not known; end that transaction, or start the saga again later.`,
  )
}
