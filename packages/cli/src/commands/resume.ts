import type { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { holdCommand } from '../hold-command.ts'

/** `backstep resume`: ends a pause. */
export function resumeCommand(cli: CliEnvironment): Command {
  return holdCommand(cli, {
    name: 'resume',
    description: 'Ends the pause of a saga, a queue or a definition.',
    done: 'it goes on.',
    ask: ({ operator, by }) => operator.resume(by),
    hold: (backstep, target) => backstep.resume(target),
    wasSo: 'is not paused',
  })
}
