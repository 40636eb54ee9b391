import type { LateReport, OnBranchObservation } from '../core/observation.ts'

/** What remains of an observation whose claim is lost: a late report where a handler ran, else nothing. */
export function lateReportOf(observation: OnBranchObservation, claimId: string): LateReport | null {
  switch (observation.type) {
    case 'claimed':
    case 'output_computed':
    case 'items_computed':
    case 'choice_computed':
    case 'signal_checked':
    // A probe takes no effect: who comes after it asks again.
    case 'probe_answered':
    case 'probe_failed':
      return null
    case 'unworkable': {
      const { ran, branch, failure } = observation
      if (ran === null) return null
      return {
        type: 'late_report',
        branch,
        ...ran,
        kind: 'action',
        claimId,
        outcome: { status: 'failed', failure },
      }
    }
    case 'action_succeeded': {
      const { branch, step, attempt, round, output } = observation
      const outcome = { status: 'succeeded', output } as const
      const report = { type: 'late_report', branch, step, attempt, kind: 'action' } as const
      return { ...report, claimId, outcome, ...inRound(round) }
    }
    case 'compensation_succeeded': {
      const { branch, step, attempt } = observation
      const outcome = { status: 'succeeded', output: null } as const
      return { type: 'late_report', branch, step, attempt, kind: 'compensation', claimId, outcome }
    }
    case 'action_rejected':
    case 'action_failed':
    case 'compensation_failed': {
      const { type, branch, step, attempt, failure } = observation
      const kind = type === 'compensation_failed' ? 'compensation' : 'action'
      const status = type === 'action_rejected' ? 'rejected' : 'failed'
      const round = type === 'compensation_failed' ? undefined : observation.round
      const report = { type: 'late_report', branch, step, attempt, kind } as const
      return { ...report, claimId, outcome: { status, failure }, ...inRound(round) }
    }
  }
}

/** What comes from an earlier round must never be taken for the verdict of this one. */
function inRound(round: number | undefined): { readonly round?: number } {
  return round === undefined ? {} : { round }
}
