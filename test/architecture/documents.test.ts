import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { readRepositoryFile, repositoryFiles, repositoryRoot } from '../support/repository.ts'

/** Paths between backticks: with a slash inside, and not a package, a route, a URL or a pattern. */
const namedPaths = (text: string): readonly string[] =>
  [...text.matchAll(/`([\w.-]+\/[\w./-]*)`/g)].map((match) => match[1] ?? '')

const missingPaths = (text: string): readonly string[] =>
  namedPaths(text).filter((path) => !existsSync(join(repositoryRoot, path)))

describe('a document about the code', () => {
  it.each(['ARCHITECTURE.md', 'RELIABILITY.md'])('names paths that exist: %s', (document) => {
    const text = readRepositoryFile(document)
    expect(namedPaths(text).length).toBeGreaterThan(10)
    expect(missingPaths(text)).toEqual([])
  })

  it('cannot name one that does not', () => {
    const text =
      'See `packages/engine/src/`, `packages/nowhere/`, `@backstep/engine` and `/health`.'
    expect(missingPaths(text)).toEqual(['packages/nowhere/'])
  })
})

// The brackets keep this file from finding itself.
const OUTSIDE = /\.\.\/[s]hared|\/work\/(?:[s]hared|[n]otes|[m]ain)/
const TRACKER_NUMBER = /(?:^|[\s([])#\d{1,5}\b/

/** Lines that only make sense to somebody who sits where they were written. */
const outsideReferences = (text: string): readonly string[] =>
  text.split('\n').filter((line) => OUTSIDE.test(line) || TRACKER_NUMBER.test(line))

const READ_BY_PEOPLE = /\.(ts|mts|mjs|js|md|sql|json|ya?ml|sh|toml|txt)$|\/run$|Dockerfile$/

describe('every file', () => {
  it('makes sense without knowing where it was written', () => {
    const files = repositoryFiles().filter((path) => READ_BY_PEOPLE.test(path))
    expect(files.length).toBeGreaterThan(60)
    const found = files
      .filter((path) => path !== 'pnpm-lock.yaml')
      .flatMap((path) =>
        outsideReferences(readRepositoryFile(path)).map((line) => `${path}: ${line.trim()}`),
      )
    expect(found).toEqual([])
  })

  it.each([
    ['a folder beside the repository', ['see ..', 'shared', 'design'].join('/')],
    ['a place on one machine', ['cd ', 'work', 'main'].join('/')],
    ['a number of a tracker', ['fixes ', '12'].join('#')],
    ['such a number in parentheses', ['late results (', '3)'].join('#')],
  ])('is caught with %s', (_what, line) => {
    expect(outsideReferences(line)).toEqual([line])
  })

  it('may hold colors, private names, headings and entities', () => {
    const lines = [`color: '#333333'`, 'this.#count', '# 12 monkeys', '&#39;', 'G1  #!/bin/sh']
    expect(outsideReferences(lines.join('\n'))).toEqual([])
  })
})
