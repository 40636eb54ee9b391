import type { Plan, SagaDetails, TaskRow } from '@backstep/engine'

import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import { legalVerbs } from '../../../packages/engine/src/core/legal-verbs.ts'
import { viewOf } from '../../../packages/engine/src/runtime/saga-view.ts'
import { journal, startedAt, stateAfter } from '../core/journals.ts'

/** When these sagas are looked at: a minute after they began. */
export const now = startedAt + 60_000

/** A task that is due since a second, on a branch. */
export const taskOf = (branch: string, changes: Partial<TaskRow> = {}): TaskRow => {
  const free = {
    queue: 'mail',
    runAt: now - 1_000,
    claimed: false,
    leaseUntil: null,
    deliveries: 1,
  }
  return { branch, ...free, ...changes }
}

/** What `describe` gives of a saga whose journal has these rows. */
export const detailsOf = (
  plan: Plan,
  rows: readonly (FollowingEvent | readonly FollowingEvent[])[],
  tasks: readonly TaskRow[] = [],
): SagaDetails => {
  const state = stateAfter(plan, rows)
  const { sagaId, status, failure } = state
  const ids = { sagaId, name: plan.name, version: plan.version, key: null }
  const times = { startedAt, changedAt: startedAt }
  const ends = { stuckCode: null, stuckStep: null, output: null, failure }
  const saga = { ...ids, ...times, ...ends, status, paused: state.paused }
  const legal = legalVerbs(plan, state)
  return { saga, plan, state: viewOf(plan, state), journal: journal(rows), tasks, legal }
}
