import { runBackstep } from './programs.ts'
import type { Stage } from './stage.ts'

/** Shows one saga as the command line tool shows it: what to type, and what one gets. */
export async function showSaga({ env }: Stage, sagaId: string): Promise<void> {
  console.log(`\n  $ backstep show ${sagaId}\n`)
  const shown = await runBackstep(['show', sagaId], env)
  console.log(shown.replaceAll(/^(?=.)/gm, '  '))
}

/** Says how to use the command line tool while the demo's servers are up. */
export function explainCommands({ env }: Stage, sagaId: string): void {
  const settings = ['DATABASE_URL', 'REDIS_URL', 'BACKSTEP_SCHEMA'].flatMap((name) =>
    env[name] === undefined ? [] : [`  export ${name}=${env[name]}`],
  )
  console.log(`
Servers and worker stay up until you press Ctrl-C. In another terminal:

${settings.join('\n')}
  alias backstep='node --conditions=@backstep/source packages/cli/src/main.ts'
  backstep list
  backstep show ${sagaId}
`)
}
