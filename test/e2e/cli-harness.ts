import { processEnvironment, runCli, type CliEnvironment } from '@backstep/cli'

import { repositoryRoot } from '../support/repository.ts'

/** What a command said. */
export type CliAnswer = {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Long after everything: a few seconds more or less do not change what a test reads. */
const threeHoursOn = (): number => Date.now() + 3 * 3_600_000 + 60_000

/** Runs a command in this process, on the real database, with the world of the terminal in the test's hand. */
export const ask = async (
  databaseUrl: string,
  args: readonly string[],
  changes: Partial<CliEnvironment> = {},
): Promise<CliAnswer> => {
  const said = { stdout: '', stderr: '' }
  const code = await runCli(args, {
    ...processEnvironment(),
    variables: { DATABASE_URL: databaseUrl },
    folder: repositoryRoot,
    user: 'ada',
    now: threeHoursOn,
    columns: 80,
    colors: false,
    stdout: (text) => void (said.stdout += text),
    stderr: (text) => void (said.stderr += text),
    ...changes,
  })
  return { code, ...said }
}

/** The same text on every run: ids are numbered as they come, and times are all the same. */
export const normalized = (text: string): string => {
  const ids: string[] = []
  return text
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
      if (!ids.includes(id)) ids.push(id)
      const number = String(ids.indexOf(id) + 1).padStart(12, '0')
      return `00000000-0000-7000-8000-${number}`
    })
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, '2026-01-02 03:04:05Z')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-01-02T03:04:05.678Z')
}
