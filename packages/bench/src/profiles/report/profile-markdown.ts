import { markdownTable } from '../../report/markdown.ts'
import { profiles } from '../catalog.ts'
import type { MeasuredProfile } from '../profile.ts'
import type { ProfileReport } from './profile-report.ts'
import { cellText } from './row-line.ts'

/** What is written between the markers of the document. */
export const renderProfiles = (report: ProfileReport): string =>
  ['## Profiles for scale', provenance(report), ...report.profiles.map(section)].join('\n\n')

const provenance = ({ date, commit, machine, quick }: ProfileReport): string => {
  const { cores, processor, memoryGb, kernel, node, postgres, redis } = machine
  return [
    `Backstep alone, by \`pnpm bench:profiles${quick ? ' --quick' : ''}\` on ${date.slice(0, 10)} at commit ${commit}.`,
    `Machine: ${cores} cores (${processor}), ${memoryGb} GB, ${kernel}, shared by all processes and both servers.`,
    `Node ${node}, built JavaScript; Postgres ${postgres ?? 'not used'} with fsync; Redis ${redis ?? 'not used'} without persistence.`,
    'Every row has a database of its own. Costs are of all processes; memory is the peak of one.',
    ...(quick
      ? ['**A quick run: windows of a second, small backlogs. Read no figures from it.**']
      : []),
  ].join('\n')
}

const section = ({ name, rows, failure }: MeasuredProfile): string => {
  const profile = profiles.find((one) => one.name === name)
  if (profile === undefined) throw new Error(`There is no profile "${name}".`)
  const { title, what, settings, reading, columns } = profile
  const table = markdownTable({
    head: columns.map((column) => column.title),
    rows: rows.map((row) => columns.map(({ key }) => cellText(row[key]))),
  })
  return [
    `### ${title}`,
    `${what} ${settings}`,
    ...(rows.length === 0 ? [] : [table]),
    ...(failure === null ? [] : [`It failed: ${failure.split('\n', 1)[0]}`]),
    `How to read it: ${reading}`,
  ].join('\n\n')
}
