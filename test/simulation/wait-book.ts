import { isDeepStrictEqual } from 'node:util'
import type { SagaEvent } from '../../packages/engine/src/core/event.ts'
import type { Plan, PlanNode, WaitNode } from '../../packages/engine/src/core/plan.ts'
import { mainBranch, type SagaState } from '../../packages/engine/src/core/state.ts'
import type {
  DeadlinePassed,
  SignalReceived,
  SignalRefused,
  SignalTaken,
  Slept,
  WaitEvent,
  WaitTimedOut,
} from '../../packages/engine/src/core/wait-event.ts'
import { isWaitEvent } from '../../packages/engine/src/core/wait-event.ts'
import { madeOf, readNotice } from './notice.ts'
import { hasPassedPivot } from './shapes.ts'

/** An event, and what the saga was like before it. */
interface Seen<Event = SagaEvent> {
  readonly plan: Plan
  readonly before: SagaState
  readonly event: Event
  /** The row's, on Postgres's clock. */
  readonly at: number
}

interface Buffered {
  readonly signalId: string
  readonly name: string
  readonly payload: unknown
  readonly at: number
}

/** So much too fast may the clock of a process run: who holds a claim at the time reckons the rest of it on that. */
const drift = 0.02

/** How early something may end that began then, as rows are stamped. */
function slackMs(sinceAt: number, at: number): number {
  return 1 + Math.ceil((at - sinceAt) * drift)
}

/**
 * Keeps account of where a saga sleeps and waits, and of the signals that nobody has taken, from its journal alone: it asks
 * nothing of what the engine has reckoned.
 */
export class WaitBook {
  #cursor = -1
  #arrivedAt = 0
  readonly #ids = new Set<string>()
  #buffered: readonly Buffered[] = []

  /** What is wrong with an event. */
  problems(seen: Seen): readonly string[] {
    const { event } = seen
    return isWaitEvent(event) ? this.#ofWait({ ...seen, event }) : lateDeeds(seen)
  }

  /** The event counts. */
  take(event: SagaEvent, at: number): void {
    if (event.type === 'signal_received') {
      this.#ids.add(event.signalId)
      this.#buffered = [...this.#buffered, { ...event, at }]
    }
    if (event.type === 'signal_taken' || event.type === 'signal_refused') {
      this.#buffered = this.#buffered.filter(({ signalId }) => signalId !== event.signalId)
    }
    // What is gone through again is come to again.
    if (event.type === 'savepoint_reached') this.#cursor = -1
  }

  /** Where the saga is now. */
  stand({ branches }: SagaState, at: number): void {
    const cursor = branches[mainBranch]?.cursor ?? this.#cursor
    if (cursor === this.#cursor) return
    this.#cursor = cursor
    this.#arrivedAt = at
  }

  #ofWait(seen: Seen<WaitEvent>): readonly string[] {
    const { event } = seen
    switch (event.type) {
      case 'slept':
        return this.#ofSleep({ ...seen, event })
      case 'signal_received':
        return this.#ofArrival(event)
      case 'signal_taken':
      case 'signal_refused':
        return this.#ofTaking({ ...seen, event })
      case 'wait_timed_out':
        return this.#ofTimeOut({ ...seen, event })
      case 'deadline_passed':
        return deadlineProblems({ ...seen, event })
    }
  }

  #ofSleep({ plan, before, event, at }: Seen<Slept>): readonly string[] {
    const node = this.#nodeOf(plan)
    if (node?.type !== 'sleep' || node.name !== event.sleep)
      return [`it sleeps nowhere: ${event.sleep}`]
    const endAt = this.#arrivedAt + node.durationMs
    return [
      ...outOfTurn({ plan, before, event, endAt }),
      ...(at < endAt - slackMs(this.#arrivedAt, at)
        ? [`the sleep "${node.name}" ended ${endAt - at} ms early`]
        : []),
    ]
  }

  #ofArrival({ signalId }: SignalReceived): readonly string[] {
    return this.#ids.has(signalId) ? [`the signal ${signalId} counts twice`] : []
  }

  #ofTaking({ plan, before, event }: Seen<SignalTaken | SignalRefused>): readonly string[] {
    const node = this.#waitOf(plan, event.wait)
    if (node === null) return [`it waits for no "${event.wait}"`]
    const [next] = this.#inTime(node)
    if (next?.signalId !== event.signalId) {
      return [`"${node.name}" looks at ${event.signalId}, and ${next?.signalId} is the first`]
    }
    const given = readNotice(next.payload)
    const isRight =
      event.type === 'signal_taken'
        ? given.isValid && isDeepStrictEqual(event.value, madeOf(given))
        : !given.isValid
    return [
      ...outOfTurn({ plan, before, event, endAt: 0 }),
      ...(isRight ? [] : [`${event.type}, and its schema says something else`]),
    ]
  }

  #ofTimeOut({ plan, before, event, at }: Seen<WaitTimedOut>): readonly string[] {
    const node = this.#waitOf(plan, event.wait)
    if (node === null) return [`it waits for no "${event.wait}"`]
    if (node.timeoutMs === null) return [`"${node.name}" has no end, and it came`]
    const endAt = this.#arrivedAt + node.timeoutMs
    const [missed] = this.#inTime(node)
    return [
      ...outOfTurn({ plan, before, event, endAt }),
      ...(at < endAt - slackMs(this.#arrivedAt, at)
        ? [`the wait "${node.name}" ended ${endAt - at} ms early`]
        : []),
      ...(missed === undefined
        ? []
        : [`"${node.name}" was in vain, and ${missed.signalId} is there`]),
    ]
  }

  /** Signals that a wait has to look at, first one first. */
  #inTime({ name, timeoutMs }: WaitNode): readonly Buffered[] {
    const endAt = timeoutMs === null ? Infinity : this.#arrivedAt + timeoutMs
    return this.#buffered.filter((each) => each.name === name && each.at < endAt)
  }

  #nodeOf(plan: Plan): PlanNode | undefined {
    return plan.nodes[this.#cursor]
  }

  #waitOf(plan: Plan, name: string): WaitNode | null {
    const node = this.#nodeOf(plan)
    return node?.type === 'wait' && node.name === name ? node : null
  }
}

/** Only who runs waits, and who comes to its end after the deadline has noticed the deadline first. */
function outOfTurn({
  plan,
  before,
  event: { type },
  endAt,
}: Omit<Seen<WaitEvent>, 'at'> & { readonly endAt: number }): readonly string[] {
  const isMissed = endAt >= deadlineOf(plan, before) && before.deadline === 'none'
  return [
    ...(before.status === 'running' ? [] : [`${type} while it is ${before.status}`]),
    ...(isMissed ? [`${type} beyond a deadline that nobody has noticed`] : []),
  ]
}

function deadlineProblems({ plan, before, at }: Seen<DeadlinePassed>): readonly string[] {
  const earlyMs = deadlineOf(plan, before) - at
  return [
    ...(before.deadline === 'none' ? [] : ['its deadline passes twice']),
    ...(earlyMs > slackMs(before.startedAt, at) ? [`its deadline passes ${earlyMs} ms early`] : []),
  ]
}

function deadlineOf({ deadlineMs }: Plan, { startedAt }: SagaState): number {
  return deadlineMs === undefined ? Infinity : startedAt + deadlineMs
}

const deeds: ReadonlySet<string> = new Set<SagaEvent['type']>([
  'action_starting',
  'choice_made',
  'fork_began',
  'savepoint_reached',
  'saga_completed',
])

/** What no saga does that was called off before its pivot. A pivot in doubt has to be tried again. */
function lateDeeds({ plan, before, event }: Seen): readonly string[] {
  const { type } = event
  if (!deeds.has(type) || hasPassedPivot(plan, before)) return []
  if (before.deadline === 'passed' && type !== 'action_starting')
    return [`${type} after its deadline`]
  const isCanceled = before.cancel === 'requested' && type === 'savepoint_reached'
  return isCanceled ? ['it goes forward again, and was canceled'] : []
}
