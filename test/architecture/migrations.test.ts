import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { readRepositoryFile, repositoryFiles, repositoryRoot } from '../support/repository.ts'

const CHECKSUMS = 'migrations/CHECKSUMS'
const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/

/** Sums by file name, from lines such as those of sha256sum. */
type Sums = ReadonlyMap<string, string>

const parseSums = (text: string): Sums =>
  new Map(
    text
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((line) => {
        const [sum = '', name = ''] = line.trim().split(/\s+/)
        return [name, sum]
      }),
  )

/** What is wrong with the migrations, one sentence each. */
const problemsOf = (given: {
  readonly files: Sums
  readonly listed: Sums
  readonly landed: readonly Sums[]
}): readonly string[] => [
  ...[...given.files].flatMap(([name, sum]) => {
    if (!FILE_NAME.test(name)) return [`${name}: call it NNNN_name.sql.`]
    if (given.listed.get(name) === sum) return []
    return [`${name}: its line in ${CHECKSUMS} must be "${sum}  ${name}".`]
  }),
  ...[...given.listed.keys()]
    .filter((name) => !given.files.has(name))
    .map((name) => `${name}: listed in ${CHECKSUMS}, but there is no such file.`),
  ...given.landed.flatMap((earlier) =>
    [...earlier]
      .filter(([name, sum]) => given.listed.get(name) !== sum)
      .map(([name]) => `${name}: it has landed and may not change. Write another migration.`),
  ),
  ...gapsIn([...given.files.keys()]),
]

/** Numbers from 0001 without gaps or repetitions, so that two branches cannot both add the same. */
const gapsIn = (names: readonly string[]): readonly string[] =>
  names
    .toSorted()
    .filter((name, index) => Number(name.slice(0, 4)) !== index + 1)
    .map((name) => `${name}: numbers go up by one from 0001.`)

const currentFiles = (): Sums =>
  new Map(
    repositoryFiles()
      .filter((path) => /^migrations\/.*\.sql$/.test(path))
      .map((path) => [
        path.slice('migrations/'.length),
        createHash('sha256').update(readRepositoryFile(path)).digest('hex'),
      ]),
  )

const currentSums = (): Sums => {
  const there = repositoryFiles().includes(CHECKSUMS)
  return parseSums(there ? readRepositoryFile(CHECKSUMS) : '')
}

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'safe.directory=*', ...args], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })

/** The list as it stood at each commit that leads here; nothing where there is no history. */
const landedSums = (): readonly Sums[] => {
  try {
    const commits = git('log', '--diff-filter=AM', '--format=%H', '--', CHECKSUMS).split('\n')
    return commits.filter(Boolean).map((commit) => parseSums(git('show', `${commit}:${CHECKSUMS}`)))
  } catch {
    return []
  }
}

it('migrations are listed with their sums, and do not change once they have landed', () => {
  const given = { files: currentFiles(), listed: currentSums(), landed: landedSums() }
  expect(problemsOf(given)).toEqual([])
})

describe('a mistake with migrations is found', () => {
  const sums = parseSums('aaa  0001_first.sql\nbbb  0002_second.sql\n')

  it('and none is found where there is none', () => {
    expect(problemsOf({ files: sums, listed: sums, landed: [sums] })).toEqual([])
  })

  it.each([
    ['a file that is not listed', sums, parseSums('aaa  0001_first.sql'), []],
    ['a file that was changed', parseSums('ccc  0001_first.sql\nbbb  0002_second.sql'), sums, []],
    ['a file that was removed', parseSums('aaa  0001_first.sql'), sums, []],
    ['a line that was changed with its file', sums, sums, [parseSums('ccc  0001_first.sql')]],
    ['a line that was removed with its file', sums, sums, [parseSums('ccc  0003_third.sql')]],
    ['a name of another kind', parseSums('aaa  1-first.sql'), parseSums('aaa  1-first.sql'), []],
    ['a gap', parseSums('aaa  0002_first.sql'), parseSums('aaa  0002_first.sql'), []],
  ])('%s', (_what, files, listed, landed) => {
    expect(problemsOf({ files, listed, landed })).not.toEqual([])
  })
})
