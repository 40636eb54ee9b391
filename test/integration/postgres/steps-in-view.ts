import type { Pool } from 'pg'

import type { Failure } from '../../../packages/engine/src/core/failure.ts'
import type { Plan } from '../../../packages/engine/src/core/plan.ts'
import type { SagaState, StepState } from '../../../packages/engine/src/core/state.ts'
import {
  branchOfStep,
  currentKey,
  isEarlier,
  plannedSteps,
  stepNode,
} from '../../../packages/engine/src/core/plan-steps.ts'

/** What the view and the fold both tell about a step. */
export interface StepRow {
  readonly step: string
  readonly round: number
  readonly branch: string | null
  readonly action_status: string
  readonly attempts: number
  readonly first_error: string | null
  readonly last_error: string | null
  readonly compensation_status: string
  readonly compensation_attempts: number
}

/** The view's rows of these sagas, in its order. */
export async function readSteps(
  pool: Pool,
  sagaIds: readonly string[],
): Promise<ReadonlyMap<string, readonly StepRow[]>> {
  const client = await pool.connect()
  try {
    // For hundreds of sagas at once Postgres would compile longer than it reads.
    await client.query('set jit = off')
    const { rows } = await client.query<StepRow & { readonly saga_id: string }>(
      `select saga_id, step, round, branch, action_status, attempts, first_error, last_error,
         compensation_status, compensation_attempts
       from backstep.saga_steps where saga_id = any($1) order by saga_id, position`,
      [sagaIds],
    )
    return Map.groupBy(rows, ({ saga_id }) => saga_id)
  } finally {
    client.release()
  }
}

/** The steps of a state by their keys, and the plan that they are of. */
export interface Folded {
  readonly plan: Plan
  readonly state: Pick<SagaState, 'status' | 'branches' | 'edits'> & {
    readonly stuck?: { readonly direction: string }
  }
  readonly steps: readonly (readonly [key: string, step: StepState])[]
}

/** What is wrong with the view's rows of a saga, measured by the fold of its journal; a pair of what was told and what is so. */
export function differences(
  rows: readonly StepRow[],
  folded: Folded,
): readonly (readonly [told: StepRow | null, so: object])[] {
  const { plan, steps } = folded
  const told = new Map(
    steps.map(([key, step]) => [rowOf(rows, folded, { key, step }), { key, step }]),
  )
  const known = [...told].flatMap(([row, { key, step }]) => {
    const so = comparable(folded, expected(folded, key, step))
    return row !== null && isLike(row, so) ? [] : [[row, so] as const]
  })
  const current = rows.filter((row) => row.round === latestRound(plan, rows, row.step))
  const unknown = current
    .filter((row) => !told.has(row) && !isLike(row, untouched))
    .map((row) => [row, untouched] as const)
  const missing = plannedSteps(plan)
    .filter(
      ({ node, branch, fork }) =>
        (fork === null || branch !== null) && !current.some(({ step }) => step === node.name),
    )
    .map(({ node }) => [null, { step: node.name }] as const)
  return [...known, ...unknown, ...missing]
}

/** Rounds that an operator's edit has opened are not in the view. */
function comparable(
  { state }: Folded,
  so: ReturnType<typeof expected>,
): Partial<ReturnType<typeof expected>> {
  if (state.edits.length === 0) return so
  const { round: _, ...rest } = so
  return rest
}

function rowOf(
  rows: readonly StepRow[],
  { plan }: Folded,
  { key, step }: { readonly key: string; readonly step: StepState },
): StepRow | null {
  const name = currentKey(plan, key)
  const round = isEarlier(plan, key) ? step.action.round : latestRound(plan, rows, name)
  return rows.find((row) => row.step === name && row.round === round) ?? null
}

/** The round that a step is in, with all other items of its list. */
function latestRound(plan: Plan, rows: readonly StepRow[], key: string): number {
  const { name } = stepNode(plan, key)
  const same = rows.filter(({ step }) => stepNode(plan, step).name === name)
  return Math.max(...same.map(({ round }) => round))
}

function isLike(row: StepRow, so: Partial<StepRow>): boolean {
  const told: Readonly<Record<string, unknown>> = { ...row }
  return Object.entries(so).every(([name, value]) => told[name] === value)
}

const told = (failure: Failure | null): string | null =>
  failure === null ? null : `${failure.code}: ${failure.message}`

/** What the fold makes of a step, in the words of the view. */
function expected(
  folded: Folded,
  key: string,
  { action, compensation }: StepState,
): Partial<StepRow> {
  const { plan } = folded
  const gaveUp = action.status === 'scheduled' && !isGoingForward(folded, key)
  const { ended, firstFailure, lastFailure } = action.attempts
  return {
    step: currentKey(plan, key),
    round: action.round,
    branch: branchOfStep(plan, key),
    action_status: gaveUp ? lastWord(action) : action.status,
    attempts: ended,
    first_error: told(firstFailure),
    last_error: told(lastFailure),
    compensation_status: compensation.status,
    // The fold counts within a round of the undo, people want to know how often it was tried at all.
    ...(compensation.round > action.round
      ? {}
      : { compensation_attempts: compensation.attempts.ended }),
  }
}

/** Whether the branch of a step may still try its action. */
function isGoingForward({ plan, state }: Folded, key: string): boolean {
  const { status, branches, stuck } = state
  const forward = status === 'running' || (status === 'stuck' && stuck?.direction === 'forward')
  return forward && !isEarlier(plan, key) && branches[branchOfStep(plan, key)] !== undefined
}

/** What an action came to that nobody tries any more; one that was parked may have been rejected. */
function lastWord({ attempts: { ended, lastFailure } }: StepState['action']): string {
  if (ended === 0) return 'pending'
  return lastFailure?.kind === 'rejection' ? 'rejected' : 'unknown'
}

const untouched: Partial<StepRow> = {
  action_status: 'pending',
  attempts: 0,
  first_error: null,
  last_error: null,
  compensation_status: 'none',
  compensation_attempts: 0,
}
