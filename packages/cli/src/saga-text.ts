import type { Failure, SagaFailure, SagaRow } from '@backstep/engine'

import { printable } from './printable.ts'

/** `order v1`. */
export function definitionText({ name, version }: Pick<SagaRow, 'name' | 'version'>): string {
  return `${printable(name)} v${version}`
}

/** A failure in one line: `no_courier: no courier goes there`. What was merely thrown has no code worth reading. */
export function failureText({ code, message }: Pick<Failure, 'code' | 'message'>): string {
  if (message === '') return printable(code)
  return printable(code === 'error' ? message : `${code}: ${message}`)
}

/** More of them is for programs: `--json` has them whole. */
const shownDetails = 200

/** The same with the details that the participant gave, as far as they can be read at a glance. */
export function failureDetailsText(failure: Failure): string {
  const { details } = failure
  if (details === undefined) return failureText(failure)
  const json = JSON.stringify(details)
  const shown = json.length <= shownDetails ? json : `${json.slice(0, shownDetails)}…`
  return `${failureText(failure)} ${printable(shown)}`
}

/** The same with the step that it came from. */
export function failureAtText(failure: SagaFailure): string {
  const where = failure.step === null ? '' : ` (${printable(failure.step)})`
  return `${failureText(failure)}${where}`
}

/** Why a saga is where it is, in one line; empty when all is well. */
export function whyText({ stuckCode, stuckStep, failure }: SagaRow): string {
  if (stuckCode !== null) {
    return stuckStep === null ? stuckCode : `${stuckCode} (${printable(stuckStep)})`
  }
  return failure === null ? '' : failureAtText(failure)
}
