import type { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { loadCode, withCode, type CodeOption } from '../code-option.ts'
import { readJsonOption } from '../json-option.ts'
import { operatorCommand } from '../operator-verb.ts'

interface EditOptions extends CodeOption {
  readonly input: string
  readonly hadNoEffect?: boolean
}

/** `backstep edit`: another input for a stuck saga, and another try. */
export function editCommand(cli: CliEnvironment): Command {
  return operatorCommand<EditOptions>(cli, {
    name: 'edit',
    description:
      'Gives a stuck saga another input for what is not done yet, and tries again under another idempotency key.',
    done: 'the saga goes on with that input.',
    claims: ({ hadNoEffect }) =>
      hadNoEffect === true ? 'nothing that was tried under the old input has an effect' : null,
    withOptions: (command) =>
      withCode(command)
        .requiredOption('--input <json>', 'the whole input: JSON, @FILE, or - for stdin')
        .option('--had-no-effect', 'nothing that was tried under the old input has an effect'),
    ask: async ({ operator, by, own }) => {
      const input = await readJsonOption(cli, '--input', own.input)
      const noEffect = own.hadNoEffect === true
      return operator.edit({ ...by, input, noEffect, sagas: await loadCode(cli, own) })
    },
  })
}
