import type { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { operatorCommand } from '../operator-verb.ts'

/** `backstep retry`: sets a stuck saga going again. */
export function retryCommand(cli: CliEnvironment): Command {
  return operatorCommand(cli, {
    name: 'retry',
    description: 'Sets a stuck saga going again, in its direction, with fresh attempts.',
    done: 'the saga goes on.',
  })
}
