import type { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { operatorCommand } from '../operator-verb.ts'

/** `backstep retry`: sets a stuck saga going again, or ends the wait of one for its next attempt. */
export function retryCommand(cli: CliEnvironment): Command {
  return operatorCommand(cli, {
    name: 'retry',
    description:
      'Sets a stuck saga going again, in its direction, with fresh attempts; ends the wait for the next attempt.',
    done: 'the saga goes on.',
    ask: ({ operator, by }) => operator.retry(by),
  })
}
