import type { Command } from 'commander'

import { BackstepError } from '@backstep/engine'

import type { CliEnvironment } from '../cli-environment.ts'
import { loadCode, withCode, type CodeOption } from '../code-option.ts'
import { readJsonOption } from '../json-option.ts'
import { operatorCommand } from '../operator-verb.ts'
import { aboutStep, withStep, type StepOption } from '../step-option.ts'

interface ResolveOptions extends StepOption, CodeOption {
  readonly output?: string
  readonly hadNoEffect?: boolean
}

/** `backstep resolve`: what became of the step that a saga is stuck at. */
export function resolveCommand(cli: CliEnvironment): Command {
  return operatorCommand<ResolveOptions>(cli, {
    name: 'resolve',
    description:
      'Says what became of the step that a saga is stuck at: it took effect, or it did not and the saga turns back.',
    done: 'the step is settled; the saga goes on.',
    claims: ({ hadNoEffect }) =>
      hadNoEffect === true ? 'no attempt at the step has an effect' : 'the step took effect',
    withOptions: (command) =>
      withCode(withStep(command))
        .option('--output <json>', 'what it returned: JSON, @FILE, or - for stdin')
        .option('--had-no-effect', 'no attempt took effect'),
    ask: async ({ operator, by, own }) => {
      const { output, hadNoEffect } = own
      if ((output === undefined) !== (hadNoEffect === true)) throw onlyOne()
      const about = { ...by, ...aboutStep(own) }
      if (output === undefined) return operator.resolve({ ...about, noEffect: true })
      const given = await readJsonOption(cli, '--output', output)
      return operator.resolve({ ...about, output: given, sagas: await loadCode(cli, own) })
    },
  })
}

function onlyOne(): BackstepError {
  return new BackstepError(
    'CONFIGURATION_INVALID',
    'resolve needs to know what became of the step: pass either --output JSON or --had-no-effect.',
  )
}
