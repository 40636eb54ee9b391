import type { SagaRow } from '@backstep/engine'

import { isoTime } from './time-text.ts'

/** One saga as `--json` prints it; docs/cli.md holds the shape. */
export interface SagaJson {
  readonly sagaId: string
  readonly name: string
  readonly version: number
  readonly key: string | null
  readonly status: SagaRow['status']
  readonly paused: boolean
  readonly stuckCode: SagaRow['stuckCode']
  readonly stuckStep: string | null
  readonly failure: SagaRow['failure']
  readonly startedAt: string
  readonly changedAt: string
}

/** A row for `--json`. Outputs stay out: they are payload. */
export function sagaJson(row: SagaRow): SagaJson {
  const { sagaId, name, version, key, status, paused, stuckCode, stuckStep, failure } = row
  return {
    sagaId,
    name,
    version,
    key,
    status,
    paused,
    stuckCode,
    stuckStep,
    failure,
    startedAt: isoTime(row.startedAt),
    changedAt: isoTime(row.changedAt),
  }
}
