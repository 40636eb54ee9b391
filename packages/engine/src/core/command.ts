import type { JsonValue } from './json.ts'

/** What the core wants done next on a branch, once the events it comes with are in the journal. */
export type Command = RunAction | RunProbe | RunCompensation | Wait | Compute | Park | Halt

/** What the definition's own functions are to compute, at once and without an effect. */
export type Compute = Complete | ComputeItems | ComputeChoice | CheckSignal

interface OnQueue {
  readonly branch: string
  readonly queue: string
  /** Not sooner than this many milliseconds from now. */
  readonly delayMs: number
}

interface RunHandler extends OnQueue {
  readonly step: string
  /** From 1, over all attempts of this step in this direction. */
  readonly attempt: number
}

/** Do nothing for a while, then decide again. */
export interface Wait extends OnQueue {
  readonly type: 'wait'
}

/** Run the step's action. */
export interface RunAction extends RunHandler {
  readonly type: 'run_action'
  /** Run its fallback instead: the same attempt as far as the saga is concerned, by another way. */
  readonly via?: 'fallback'
}

/** Run the step's probe: what became of its action is unknown, and every handler of it is quiet by then. */
export interface RunProbe extends RunHandler {
  readonly type: 'run_probe'
}

/** Run the step's compensation. */
export interface RunCompensation extends RunHandler {
  readonly type: 'run_compensation'
  readonly outcome: 'succeeded' | 'unknown'
  readonly round: number
}

/** Every step is done: compute the output, and report it with `output_computed`. */
export interface Complete {
  readonly type: 'complete'
  readonly branch: string
}

/** Compute the list of a forEach, and report it with `items_computed`. */
export interface ComputeItems {
  readonly type: 'compute_items'
  readonly branch: string
  readonly fork: string
}

/** Ask a choice's predicate, and report what it says with `choice_computed`. */
export interface ComputeChoice {
  readonly type: 'compute_choice'
  readonly branch: string
  readonly choice: string
}

/** Check what a signal brought against the schema of its wait, and report it with `signal_checked`. */
export interface CheckSignal {
  readonly type: 'check_signal'
  readonly branch: string
  readonly wait: string
  readonly signalId: string
  readonly payload: JsonValue
}

/** The saga is paused: nothing is to be run on the branch. Its task stays, for whoever looks that long from now. */
export interface Park {
  readonly type: 'park'
  readonly branch: string
  readonly queue: string
  readonly delayMs: number
}

/** Nothing is left to do on the branch: the saga has ended, or is stuck, or others go on. Its task goes. */
export interface Halt {
  readonly type: 'halt'
  readonly branch: string
}
