import type { JsonValue } from './json.ts'

/** What time has brought, and what came from outside for those who wait. */
export type WaitEvent =
  | Slept
  | SignalReceived
  | SignalTaken
  | SignalRefused
  | WaitTimedOut
  | DeadlinePassed

/** A sleep is over; the branch goes on behind it. */
export interface Slept {
  readonly type: 'slept'
  readonly branch: string
  readonly sleep: string
}

/** The saga's deadline has passed. Up to the pivot it turns back because of it; behind the pivot it only tells. */
export interface DeadlinePassed {
  readonly type: 'deadline_passed'
}

/** Somebody outside sent a signal. It stays until a wait of its name takes it; behind the saga's end, for good. */
export interface SignalReceived {
  readonly type: 'signal_received'
  /** Names the signal: one that comes again is the same. */
  readonly signalId: string
  /** Of the wait that it is for. */
  readonly name: string
  readonly payload: JsonValue
  /** Who sent it, if that was said. */
  readonly actor: string | null
}

/** A wait is over: a signal came that its schema accepts. */
export interface SignalTaken {
  readonly type: 'signal_taken'
  readonly branch: string
  readonly wait: string
  readonly signalId: string
  /** What the schema made of what the signal brought. */
  readonly value: JsonValue
}

/** A signal came whose payload the wait's schema refuses. The wait goes on. */
export interface SignalRefused {
  readonly type: 'signal_refused'
  readonly branch: string
  readonly wait: string
  readonly signalId: string
  readonly problem: string
}

/** A wait is over because no signal came in time. */
export interface WaitTimedOut {
  readonly type: 'wait_timed_out'
  readonly branch: string
  readonly wait: string
}

const types: ReadonlySet<string> = new Set<WaitEvent['type']>([
  'slept',
  'signal_received',
  'signal_taken',
  'signal_refused',
  'wait_timed_out',
  'deadline_passed',
])

/** Whether an event is one of these. */
export function isWaitEvent(event: { readonly type: string }): event is WaitEvent {
  return types.has(event.type)
}
