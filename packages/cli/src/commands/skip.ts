import type { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { loadCode, withCode, type CodeOption } from '../code-option.ts'
import { readJsonOption } from '../json-option.ts'
import { operatorCommand } from '../operator-verb.ts'
import { aboutStep, withStep, type StepOption } from '../step-option.ts'

interface SkipOptions extends StepOption, CodeOption {
  readonly output?: string
}

/** `backstep skip`: a stuck saga goes on without the step that it is stuck at. */
export function skipCommand(cli: CliEnvironment): Command {
  return operatorCommand<SkipOptions>(cli, {
    name: 'skip',
    description:
      'Has a stuck saga go on without the step that it is stuck at; never without its pivot.',
    done: 'the step is skipped; the saga goes on.',
    withOptions: (command) =>
      withCode(withStep(command)).option(
        '--output <json>',
        'what later steps see in the place of its output: JSON, @FILE, or - for stdin',
      ),
    ask: async ({ operator, by, own }) => {
      const sagas = await loadCode(cli, own)
      const about = { ...by, ...aboutStep(own), sagas }
      if (own.output === undefined) return operator.skip(about)
      return operator.skip({ ...about, output: await readJsonOption(cli, '--output', own.output) })
    },
  })
}
