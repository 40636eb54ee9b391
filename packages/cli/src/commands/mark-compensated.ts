import type { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { operatorCommand } from '../operator-verb.ts'
import { aboutStep, withStep, type StepOption } from '../step-option.ts'

/** `backstep mark-compensated`: an effect has been undone by hand. */
export function markCompensatedCommand(cli: CliEnvironment): Command {
  return operatorCommand<StepOption>(cli, {
    name: 'mark-compensated',
    description: 'Says that the effect whose compensation is stuck has been undone by hand.',
    done: 'the step counts as undone; the saga goes on.',
    claims: () => 'the effect of the step has been undone by hand',
    withOptions: withStep,
    ask: ({ operator, by, own }) => operator.markCompensated({ ...by, ...aboutStep(own) }),
  })
}
