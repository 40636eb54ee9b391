import type { FollowingEvent } from '../../packages/engine/src/core/event.ts'
import { entriesIn, valueAt } from '../../packages/engine/src/core/key-map.ts'
import { earlierKey } from '../../packages/engine/src/core/plan-steps.ts'
import type { ActionState } from '../../packages/engine/src/core/state.ts'
import { probesOf, stepNamed, stepsOf } from './plan-steps.ts'
import type { RowCase } from './row-case.ts'
import type { Shape } from './shape.ts'

/** What holds from one row to the next of actions whose outcome is unknown, and of steps that are not to be guessed about. */
export const doubtChecks: readonly ((shape: Shape, row: RowCase) => string | null)[] = [
  doubtIsKept,
  silenceIsNoAnswer,
  probeIsAskedFirst,
  parkedStepsStay,
  parkedByPolicyOnly,
  allOrNothing,
]

/** Only an answer of the probe takes a doubt away; in the next round of a save-point it is one of the round before. */
function doubtIsKept(_: Shape, { before, after, decision }: RowCase): string | null {
  const dropped = entriesIn(before.steps).find(([step, { action }]) => {
    const present = valueAt(after.steps, step)
    const earlier = valueAt(after.steps, earlierKey(step, action.round))
    const kept = present?.action.round === action.round ? present : earlier
    const left = kept?.action.unknownAttempts ?? 0
    return left < action.unknownAttempts && !decision.events.some((event) => denies(event, step))
  })
  return dropped === undefined ? null : `R7: nobody doubts "${dropped[0]}" any more, for no reason`
}

function denies(event: FollowingEvent, step: string): boolean {
  return (
    event.type === 'probe_answered' && event.step === step && event.answer.status === 'rejected'
  )
}

/** What a probe found out is in the row of its answer; one that could not tell has found out nothing. */
function silenceIsNoAnswer(_: Shape, { decision }: RowCase): string | null {
  for (const event of decision.events) {
    if (!('via' in event) || event.via !== 'probe') continue
    const { step } = event
    const isAnswered = decision.events.some(
      (other) => other.type === 'probe_answered' && other.step === step,
    )
    if (!isAnswered) return `R7: a verdict on "${step}" is the probe's, and it said nothing`
  }
  return null
}

/** A step of unknown outcome turns the saga back, or makes it stuck, only when its probe has been asked to the end. */
function probeIsAskedFirst({ plan }: Shape, { after, decision }: RowCase): string | null {
  const unasked = decision.events.flatMap(givesUp).find((step) => {
    const action = valueAt(after.steps, step)?.action
    if (action === undefined || !isDoubted(action)) return false
    return (action.probe?.ended ?? 0) < probesOf(plan, step)
  })
  return unasked === undefined
    ? null
    : `R7: "${unasked}" is given up, and its probe was not asked to the end`
}

function isDoubted({ status, unknownAttempts, lateSuccess }: ActionState): boolean {
  const isOpen = status === 'unknown' || status === 'scheduled'
  return isOpen && unknownAttempts > 0 && lateSuccess === null
}

/** The step that a row gives up because its attempts are over. */
function givesUp(event: FollowingEvent): readonly string[] {
  if (event.type === 'compensation_began' || event.type === 'branch_failed') {
    const { kind, step } = event.failure
    return kind === 'canceled' || step === null ? [] : [step]
  }
  if (event.type !== 'saga_stuck' && event.type !== 'branch_halted') return []
  const isOver = event.code === 'pivot_outcome_unknown' || event.code === 'parked_by_policy'
  return isOver && event.step !== null ? [event.step] : []
}

/** A step that is to be parked turns nothing back by itself. */
function parkedStepsStay({ plan }: Shape, { before, decision }: RowCase): string | null {
  if (before.cancel === 'requested' || before.turning !== null) return null
  const turned = decision.events
    .filter(({ type }) => type === 'compensation_began' || type === 'branch_failed')
    .flatMap(givesUp)
    .find((step) => parks(plan, step))
  return turned === undefined
    ? null
    : `R13: the saga turns back at "${turned}", which is to be parked`
}

/** Who asked for it is parked, and nobody else. */
function parkedByPolicyOnly({ plan }: Shape, { decision }: RowCase): string | null {
  for (const event of decision.events) {
    if (event.type !== 'saga_stuck' && event.type !== 'branch_halted') continue
    if (event.code !== 'parked_by_policy') continue
    if (event.step === null || !parks(plan, event.step))
      return `R13: "${event.step}" is parked, and did not ask for it`
  }
  return null
}

function parks(plan: Shape['plan'], step: string): boolean {
  const node = stepNamed(plan, step)
  return node !== undefined && node.role !== 'retriable' && node.onFailure === 'park'
}

/** An attempt whose effect is one commit with its success is never in doubt. */
function allOrNothing({ plan }: Shape, { after, decision }: RowCase): string | null {
  const steps = stepsOf(plan).filter(({ transactional }) => transactional === true)
  const doubted = steps.find(
    ({ name }) => (valueAt(after.steps, name)?.action.unknownAttempts ?? 0) > 0,
  )
  if (doubted !== undefined) return `R21: an attempt at "${doubted.name}" is in doubt`
  const guessed = decision.events.find(
    (event) => event.type === 'saga_stuck' && event.code === 'pivot_outcome_unknown',
  )
  if (guessed?.type !== 'saga_stuck' || guessed.step === null) return null
  return steps.some(({ name }) => name === guessed.step)
    ? `R21: nobody knows of "${guessed.step}", which left nothing`
    : null
}
