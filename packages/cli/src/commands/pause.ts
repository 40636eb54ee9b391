import type { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { holdCommand } from '../hold-command.ts'

/** `backstep pause`: holds a saga, a queue or a definition where it is. */
export function pauseCommand(cli: CliEnvironment): Command {
  return holdCommand(cli, {
    name: 'pause',
    description:
      'Starts no handler of a saga any more, or of a whole queue or definition, until it is resumed.',
    done: 'no handler of it is started any more; what is at work ends.',
    ask: ({ operator, by }) => operator.pause(by),
    hold: (backstep, target, by) => backstep.pause(target, by),
    wasSo: 'is paused already',
  })
}
