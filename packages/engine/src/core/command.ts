/** What the core wants done next on a branch, once the events it comes with are in the journal. */
export type Command = RunAction | RunProbe | RunCompensation | Complete | Halt

interface RunHandler {
  readonly branch: string
  readonly step: string
  readonly queue: string
  /** From 1, over all attempts of this step in this direction. */
  readonly attempt: number
  /** Not sooner than this many milliseconds from now. */
  readonly delayMs: number
}

/** Run the step's action. */
export interface RunAction extends RunHandler {
  readonly type: 'run_action'
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

/** Nothing is left to do on the branch: the saga has ended, or is stuck. Its task goes. */
export interface Halt {
  readonly type: 'halt'
  readonly branch: string
}
