import type { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { operatorCommand } from '../operator-verb.ts'

/** `backstep cancel`: asks for a saga to be undone. */
export function cancelCommand(cli: CliEnvironment): Command {
  return operatorCommand(cli, {
    name: 'cancel',
    description: 'Asks for a saga to be undone; refused once it is past its pivot.',
    done: 'the saga is on its way back.',
    ask: ({ operator, by }) => operator.cancel(by),
  })
}
