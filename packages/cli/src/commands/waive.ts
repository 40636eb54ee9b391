import type { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { operatorCommand } from '../operator-verb.ts'
import { aboutStep, withStep, type StepOption } from '../step-option.ts'

/** `backstep waive`: an effect knowingly stands. */
export function waiveCommand(cli: CliEnvironment): Command {
  return operatorCommand<StepOption>(cli, {
    name: 'waive',
    description:
      'Lets the effect stand whose compensation is stuck; the saga ends partially_compensated.',
    done: 'the effect stands; the saga goes on.',
    claims: () => 'the effect of the step stands for good',
    withOptions: withStep,
    ask: ({ operator, by, own }) => operator.waive({ ...by, ...aboutStep(own) }),
  })
}
