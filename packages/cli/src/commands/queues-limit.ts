import {
  BackstepError,
  type AuditOptions,
  type QueueChange,
  type QueueLimits,
} from '@backstep/engine'
import { Command, InvalidArgumentError } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { printJson, withClient, type Client, type CommonOptions } from '../client.ts'
import { concurrencyText, queueLimitsJson, rateText } from '../limits-text.ts'
import { wholeNumber } from '../option-values.ts'
import { printable } from '../printable.ts'

type Rate = NonNullable<QueueChange['rate']>

/** Not null for none: the parser of arguments takes that for an empty text. */
interface LimitOptions extends CommonOptions, AuditOptions {
  readonly concurrency?: number | 'none'
  readonly rate?: Rate | 'none'
  readonly fromCode?: boolean
}

/** `backstep queues limit`: how much a queue may do, over all workers. */
export function limitCommand(cli: CliEnvironment): Command {
  return new Command('limit')
    .description('Sets limits of a queue over all workers, in place of what their code declares.')
    .argument('<queue>', 'name of the queue')
    .option('--concurrency <number>', 'steps at once, or none', concurrencyOf)
    .option('--rate <number/duration>', 'steps in a time, such as 100/1s, or none', rateOf)
    .option('--from-code', 'drop what operators have set: what code declares holds again')
    .requiredOption('--reason <text>', 'why, kept with the limits')
    .option('--actor <name>', 'who sets them', cli.user)
    .action((queue: string, options: LimitOptions) =>
      withClient(cli, options, async (client) => {
        const { actor, reason } = options
        const change = changeOf(options)
        tell(client, await client.backstep.limitQueue(queue, change, { actor, reason }))
      }),
    )
}

/** Either what code says, or at least one limit. */
function changeOf({ fromCode, concurrency, rate }: LimitOptions): QueueChange | 'code' {
  const change: QueueChange = {
    ...(concurrency === undefined ? {} : { maximumConcurrency: limitOf(concurrency) }),
    ...(rate === undefined ? {} : { rate: limitOf(rate) }),
  }
  const limits = Object.keys(change).length
  if (fromCode === true && limits === 0) return 'code'
  if (fromCode !== true && limits > 0) return change
  throw new BackstepError(
    'CONFIGURATION_INVALID',
    'Say what is to hold: --concurrency, --rate or both, or else --from-code alone.',
  )
}

function tell(client: Client, limits: QueueLimits): void {
  const { cli, json, paint } = client
  if (json) {
    printJson(cli, queueLimitsJson(limits))
    return
  }
  const { queue, maximumConcurrency, rate, source } = limits
  const whose = source === 'code' ? 'as code declares' : 'whatever code declares'
  const said = `${concurrencyText(maximumConcurrency)} at once, rate ${rateText(rate)}`
  cli.stdout(`Done: ${printable(queue)} has ${said}, ${whose}. Workers see it within seconds.\n`)
  cli.stdout(`Look at it: ${paint.command(client.suggest('queues'))}\n`)
}

function limitOf<Limit>(given: Limit | 'none'): Limit | null {
  return given === 'none' ? null : given
}

function concurrencyOf(value: string): number | 'none' {
  return value === 'none' ? value : wholeNumber(value)
}

function rateOf(value: string): Rate | 'none' {
  if (value === 'none') return value
  const [limit = '', per = '', ...rest] = value.split('/')
  if (per !== '' && rest.length === 0) return { limit: wholeNumber(limit), per }
  throw new InvalidArgumentError('Write a number and a duration, such as 100/1s, or none.')
}
