import { performance } from 'node:perf_hooks'

import { describeCommit, describeMachine } from '../report/machine.ts'
import type { MeasuredProfile, Profile, ProfileRow } from './profile.ts'
import { rowLine } from './report/row-line.ts'
import type { ProfileReport } from './report/profile-report.ts'
import { Stage } from './stage.ts'

/** What to run, and who hears of it. */
export interface RunProfilesOptions {
  readonly profiles: readonly Profile[]
  readonly quick: boolean
  readonly signal: AbortSignal
  /** Progress, a line at a time. */
  readonly say: (line: string) => void
}

/** Runs one profile after the other; one that fails does not keep the others from being run. */
export const runProfiles = async (options: RunProfilesOptions): Promise<ProfileReport> => {
  const { profiles, quick, signal } = options
  const stage = await Stage.open(signal)
  try {
    const measured: MeasuredProfile[] = []
    for (const profile of profiles) measured.push(await runProfile(profile, stage, options))
    return {
      date: new Date().toISOString(),
      commit: describeCommit(),
      machine: describeMachine(stage.stores),
      quick,
      profiles: measured,
    }
  } finally {
    await stage.close()
  }
}

const runProfile = async (
  profile: Profile,
  stage: Stage,
  { quick, signal, say }: RunProfilesOptions,
): Promise<MeasuredProfile> => {
  const startedAt = performance.now()
  const rows: ProfileRow[] = []
  say(`${profile.name}: ${profile.title}`)
  const onRow = (row: ProfileRow): void => {
    rows.push(row)
    say(`  ${rowLine(profile, row)}`)
  }
  const failure = await profile.measure({ stage, quick, signal, onRow }).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  signal.throwIfAborted()
  if (failure !== null) say(`  FAILED: ${failure}`)
  const seconds = (performance.now() - startedAt) / 1000
  say(`  in ${seconds.toFixed(1)} s`)
  return { name: profile.name, seconds, rows, failure }
}
