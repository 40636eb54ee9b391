import { createHash } from 'node:crypto'

import { canonicalJson } from '../core/canonical-json.ts'
import type { Plan } from '../core/plan.ts'

/** SHA-256 of a plan, in hexadecimal: equal exactly when the plans are. Function bodies are not in a plan. */
export function fingerprint(plan: Plan): string {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex')
}
