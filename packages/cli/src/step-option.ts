import type { Command } from 'commander'

/** The step that a verb is about. */
export interface StepOption {
  readonly step?: string
}

/** Adds the option that names it. */
export function withStep(command: Command): Command {
  return command.option(
    '--step <key>',
    'which step, "ship" or "ship[3]", where the saga is stuck at several',
  )
}

/** What the engine is told about it. */
export function aboutStep({ step }: StepOption): StepOption {
  return step === undefined ? {} : { step }
}
