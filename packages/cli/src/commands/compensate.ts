import type { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { operatorCommand } from '../operator-verb.ts'

/** `backstep compensate`: turns a saga back. */
export function compensateCommand(cli: CliEnvironment): Command {
  return operatorCommand(cli, {
    name: 'compensate',
    description:
      'Turns a saga back that is stuck or runs; refused behind its pivot, and while that is in doubt.',
    done: 'the saga is on its way back.',
    ask: ({ operator, by }) => operator.compensate(by),
  })
}
