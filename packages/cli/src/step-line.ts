import { failureText } from './saga-text.ts'
import type { StepReport } from './step-report.ts'

/** A line of the table of steps: a step, several items that went alike, or a fork, a branch or a choice above its steps. */
export interface StepLine {
  /** How many things it is inside of. */
  readonly depth: number
  readonly label: string
  readonly action: string
  readonly attempts: number
  readonly undo: string
  readonly undoAttempts: number
  /** In milliseconds since 1970. */
  readonly lastAt: number | null
  readonly error: string
}

/** The line of one step, or of one item of a step. */
export function stepLine(report: StepReport, depth: number): StepLine {
  const { step, role, action, compensation, halt, lastAt } = report
  const error = compensation.lastError ?? halt?.failure ?? action.lastError
  return {
    depth,
    label: role === 'pivot' ? `${step} (pivot)` : step,
    action: halt?.direction === 'forward' ? 'halted' : actionWord(action),
    attempts: action.attempts,
    undo: undoWord(report),
    undoAttempts: compensation.attempts,
    lastAt,
    error: error === null ? '' : failureText(error),
  }
}

function actionWord({ status, via, fallback }: StepReport['action']): string {
  const isOther = (status === 'succeeded' && via === 'fallback') || fallback === 'due'
  return isOther ? `${status} via fallback` : status
}

function undoWord({ compensation, halt }: StepReport): string {
  switch (compensation.status) {
    case 'none':
      return ''
    case 'needed':
      return halt?.direction === 'backward' ? 'halted' : `needed${ofRound(compensation.round)}`
    case 'compensated':
      return `compensated${ofRound(compensation.round)}`
    case 'noop':
      return `noop${ofRound(compensation.round)}`
    case 'blocked':
      return 'blocked'
    case 'manual':
      return 'by hand'
    case 'waived':
      return 'waived'
  }
}

function ofRound(round: number): string {
  return round === 1 ? '' : `, round ${round}`
}

/** The line above what is inside of something; what it does not say is empty. */
export function headLine(label: string, depth: number): StepLine {
  const nothing = { attempts: 0, undo: '', undoAttempts: 0, lastAt: null, error: '' }
  return { depth, label, action: '', ...nothing }
}
