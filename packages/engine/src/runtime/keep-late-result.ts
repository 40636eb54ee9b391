import type { OnBranchObservation } from '../core/observation.ts'
import type { Plan } from '../core/plan.ts'
import type { Claim } from '../ports/task-store.ts'
import { lateReportOf } from './late-report-of.ts'
import { reportLate, type LateReportPorts } from './late-report.ts'

/** Keeps what a handler came to after its claim was lost, or after its time. The turn does not wait for it. */
export function keepLateResult(
  ports: LateReportPorts,
  { plan, claim }: { readonly plan: Plan; readonly claim: Claim },
  observation: OnBranchObservation,
): void {
  const { sagaId, claimId } = claim
  const report = lateReportOf(observation, claimId)
  if (report === null) return
  const fields = { sagaId, saga: plan.name, step: report.step, outcome: report.outcome.status }
  ports.logger.warn(fields, 'a result came late')
  const reported = reportLate(ports, plan, { ...report, sagaId }).catch((error: unknown) =>
    ports.logger.error({ ...fields, err: error }, 'a late result could not be kept'),
  )
  ports.inBackground(reported)
}
