/** `pnpm bench:profiles`: measures how Backstep scales. */
import { performance } from 'node:perf_hooks'

import { profiles } from './catalog.ts'
import { profileHelp, readProfileArguments } from './profile-arguments.ts'
import { writeProfiles } from './report/write-profiles.ts'
import { runProfiles } from './run-profiles.ts'
import { runMain, say } from '../run-main.ts'

const main = async (signal: AbortSignal): Promise<number> => {
  const names = profiles.map(({ name }) => name)
  const { help, quick, only, write } = readProfileArguments(process.argv.slice(2), names)
  if (help) {
    say(profileHelp(names))
    return 0
  }
  const startedAt = performance.now()
  const chosen = profiles.filter(({ name }) => only.includes(name))
  const report = await runProfiles({ profiles: chosen, quick, signal, say })
  if (write) for (const path of writeProfiles(report)) say(`Written: ${path}`)
  const failures = report.profiles.filter(({ failure }) => failure !== null)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  say(`${chosen.length} profiles in ${seconds} s; ${failures.length} failed.`)
  return failures.length === 0 ? 0 : 1
}

await runMain('pnpm bench:profiles', main)
