import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { readRepositoryFile, repositoryFiles, repositoryRoot } from '../support/repository.ts'

const planted = mkdtempSync(join(realpathSync(tmpdir()), 'backstep-sizes-'))

afterAll(() => rmSync(planted, { recursive: true, force: true }))

const lines = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => line(n)).join('\n')

/** For each limit, a source that is just within it and one that is just beyond. */
const LIMITS: Readonly<Record<string, (over: number) => string>> = {
  'max-lines': (over) => lines(300 + over, (n) => `export const a${n} = ${n}`),
  'max-lines-per-function': (over) =>
    `export const long = (): void => {\n${lines(48 + over, (n) => `  void ${n}`)}\n}`,
  'max-params': (over) =>
    `export const wide = (${lines(4 + over, (n) => `p${n}: number,`)}): number => p0`,
  'max-depth': (over) =>
    `export const deep = (a: boolean): void => {\n${'if (a) {\n'.repeat(3 + over)}${'}\n'.repeat(3 + over)}}`,
  complexity: (over) =>
    `export const forked = (a: number): number => {\n${lines(9 + over, (n) => `  if (a === ${n}) return ${n}`)}\n  return a\n}`,
}

const ownConfiguration = join(repositoryRoot, '.oxlintrc.json')

/** The rules that oxlint, with this repository's configuration, holds a source to have broken. */
const brokenRules = (name: string, source: string): readonly string[] => {
  const file = join(planted, `${name}.ts`)
  writeFileSync(file, `${source}\n`)
  const oxlint = join(repositoryRoot, 'node_modules', '.bin', 'oxlint')
  const { stdout } = spawnSync(oxlint, ['-c', ownConfiguration, '--format=unix', file], {
    cwd: planted,
    encoding: 'utf8',
  })
  return Object.keys(LIMITS).filter((rule) => stdout.includes(`(${rule})`))
}

describe('each limit on size', () => {
  it.each(Object.entries(LIMITS))('%s lets the limit pass and stops one more', (rule, source) => {
    expect(brokenRules(`${rule}-within`, source(0))).toEqual([])
    expect(brokenRules(`${rule}-beyond`, source(1))).toContain(rule)
  })
})

/** Comments that switch off a limit on size, or every rule at once. */
const sizeDisables = (text: string): readonly string[] =>
  [...text.matchAll(/(?:ox|es)lint-disable[\w-]*(.*)$/gm)]
    .filter(([, rest = '']) => !/[a-z]/.test(rest) || SIZE_RULE.test(rest))
    .map(([comment]) => comment)

const SIZE_RULE = /max-lines|max-params|max-depth|complexity/

describe('nobody is exempt', () => {
  it('because every source is linted', () => {
    const linted = / packages test scripts$/
    expect(JSON.parse(readRepositoryFile('package.json'))).toMatchObject({
      scripts: { lint: expect.stringMatching(linted) },
    })
    const outside = repositoryFiles()
      .filter((path) => path.endsWith('.ts'))
      .filter((path) => !/^(packages|test|scripts)\//.test(path))
    expect(outside).toEqual(outside.filter((path) => /^[\w-]+\.config\.ts$/.test(path)))
  })

  it('because no override lifts a limit', () => {
    const overrides = readRepositoryFile('.oxlintrc.json').split('"overrides"')[1]
    expect(overrides).not.toMatch(SIZE_RULE)
  })

  it('because no comment lifts one', () => {
    const sources = repositoryFiles().filter((path) => /\.(ts|mts|mjs|js)$/.test(path))
    expect(sources.length).toBeGreaterThan(40)
    const found = sources.flatMap((path) =>
      sizeDisables(readRepositoryFile(path)).map((comment) => `${path}: ${comment}`),
    )
    expect(found).toEqual([])
  })

  it('and such a comment would be seen', () => {
    const disable = ['oxlint', 'disable'].join('-')
    expect(sizeDisables(`// ${disable}-next-line max-lines-per-function -- long`)).toHaveLength(1)
    expect(sizeDisables(`/* ${disable} */`)).toHaveLength(1)
    expect(sizeDisables(`// ${disable}-next-line no-console -- a reason`)).toEqual([])
  })
})
