import type { BranchHalted, FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import { cause, failure, rejected, starting, succeeded } from './facts.ts'
import { forkingPlan, parallel, pivot, retriable, step, attempts } from './plans.ts'

/** The same, on another branch. */
export function on<Told extends { readonly branch: string }>(path: string, told: Told): Told {
  return { ...told, branch: path }
}

export const flight = 'book/flight'
export const hotel = 'book/hotel'
export const forked: FollowingEvent = {
  type: 'fork_began',
  branch: 'main',
  fork: 'book',
  items: null,
}
export const joined: FollowingEvent = { type: 'fork_joined', branch: 'main', fork: 'book' }
const branches = {
  flight: [step('seat'), step('meal')],
  hotel: [step('room', { queue: 'hotels' })],
}
export const trip = forkingPlan(step('quote'), parallel('book', branches), step('mail'))
export const patient = forkingPlan(parallel('book', branches, { siblings: 'waitAll' }))
const barred = {
  flight: [step('seat', { barrier: true })],
  hotel: [step('room', { barrier: true })],
  car: [step('car', { barrier: true })],
}
export const hasty = forkingPlan(parallel('book', barred, { siblings: 'failFast' }))
export const late = forkingPlan(
  pivot('pay'),
  parallel('book', {
    flight: [retriable('seat', { retry: attempts(1) })],
    hotel: [retriable('room')],
  }),
)
export const rejection = cause('rejection', 'seat')
export const failedBranch = (path: string, why = rejection): FollowingEvent => {
  return { type: 'branch_failed', branch: path, failure: why }
}
export const stopped = (path: string): FollowingEvent => ({ type: 'branch_stopped', branch: path })
export const seatTaken = on(flight, succeeded('seat'))
export const roomTaken = on(hotel, succeeded('room'))
export const seatRejected = [on(flight, rejected('seat')), failedBranch(flight)]
export const inFork = [succeeded('quote'), forked]
export const paid = [[starting('pay', 'c0')], [succeeded('pay'), forked]]
export const spent = {
  code: 'retriable_step_exhausted',
  direction: 'forward',
  branch: flight,
  step: 'seat',
  failure: failure('error'),
} as const
export const seatHalted: BranchHalted = { type: 'branch_halted', ...spent }

export function undoForked(fork = 'book'): FollowingEvent {
  return { type: 'undo_forked', branch: 'main', fork }
}
