import type { Clock } from '../ports/clock.ts'
import type { AbortReason, Stop } from './stop.ts'

/** A handler to be run, and its limits. */
export interface HandlerRun<Value> {
  readonly call: (stop: Stop) => Promise<Value>
  readonly timeoutMs: number
  /** How long the handler may take to settle once told to stop. */
  readonly abortGraceMs: number
  /** The attempt's own: told from outside, or when the time is over. */
  readonly stop: Stop
  readonly clock: Clock
}

/**
 * How a handler ended. `aborted` and not settled: it was told to stop and is still at work; `settled` resolves when it is
 * not any more, with what it came to.
 */
export type HandlerEnd<Value> =
  | { readonly type: 'returned'; readonly value: Value }
  | { readonly type: 'threw'; readonly error: unknown; readonly reason: AbortReason | null }
  | {
      readonly type: 'unsettled'
      readonly reason: AbortReason
      readonly settled: Promise<SettledHandler<Value>>
    }

/** What a handler came to by itself. */
export type SettledHandler<Value> =
  | { readonly type: 'returned'; readonly value: Value }
  | { readonly type: 'threw'; readonly error: unknown }

/**
 * Runs a handler until it settles, or until it was told to stop and did not within the grace. A result that comes within
 * the grace is a result like any other.
 */
export function runHandler<Value>(run: HandlerRun<Value>): Promise<HandlerEnd<Value>> {
  const { clock, timeoutMs, abortGraceMs, stop } = run
  const { promise, resolve } = Promise.withResolvers<HandlerEnd<Value>>()
  const settled = settle(run.call, stop)
  let callOff = clock.after(timeoutMs, () => stop.tell('timeout'))
  const unlisten = stop.listen((reason) => {
    callOff()
    callOff = clock.after(abortGraceMs, () => resolve({ type: 'unsettled', reason, settled }))
  })
  const end = (settling: SettledHandler<Value>): void => {
    callOff()
    unlisten()
    resolve(settling.type === 'returned' ? settling : { ...settling, reason: stop.reason })
  }
  void settled.then(end)
  return promise
}

function settle<Value>(
  call: HandlerRun<Value>['call'],
  stop: Stop,
): Promise<SettledHandler<Value>> {
  try {
    return call(stop).then(returned, threw)
  } catch (error) {
    return Promise.resolve(threw(error))
  }
}

function returned<Value>(value: Value): SettledHandler<Value> {
  return { type: 'returned', value }
}

function threw(error: unknown): SettledHandler<never> {
  return { type: 'threw', error }
}
