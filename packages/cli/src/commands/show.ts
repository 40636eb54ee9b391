import { Command } from 'commander'

import type { CliEnvironment } from '../cli-environment.ts'
import { printJson, withClient, type CommonOptions } from '../client.ts'
import { detailsJson } from '../details-json.ts'
import { renderDetails } from '../render-details.ts'

interface ShowOptions extends CommonOptions {
  readonly payloads?: boolean
  readonly all?: boolean
}

/** `backstep show`: everything about one saga. */
export function showCommand(cli: CliEnvironment): Command {
  return new Command('show')
    .description('Shows one saga: where it stands and why, its steps, what happened, what is next.')
    .argument('<id>', 'id of the saga')
    .option('--payloads', 'show inputs and outputs, too')
    .option('--all', 'show the whole journal, however long')
    .action((sagaId: string, options: ShowOptions) =>
      withClient(cli, options, async (client) => {
        const details = await client.backstep.describe(sagaId)
        const payloads = options.payloads === true
        const all = options.all === true
        if (client.json) printJson(cli, detailsJson(details, { now: cli.now(), payloads }))
        else cli.stdout(renderDetails(client, details, { payloads, all }))
      }),
    )
}
