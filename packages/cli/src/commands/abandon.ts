import type { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { operatorCommand } from '../operator-verb.ts'

/** `backstep abandon`: ends a saga as it stands. */
export function abandonCommand(cli: CliEnvironment): Command {
  return operatorCommand(cli, {
    name: 'abandon',
    description: 'Ends a saga as it stands, whatever is at work. Says nothing about effects.',
    done: 'the saga is abandoned; what stands of it stands.',
    claims: () => 'nobody looks after the effects of the saga any more',
    ask: ({ operator, by }) => operator.abandon(by),
  })
}
