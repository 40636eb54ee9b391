import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { cruise } from 'dependency-cruiser'
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import { afterAll, describe, expect, it } from 'vitest'

import { readRepositoryFile, repositoryRoot } from '../support/repository.ts'

const FOLDERS = ['packages', 'test', 'scripts']

const agreedRules = () => extractOptions(join(repositoryRoot, '.dependency-cruiser.mjs'))

type Finding = { readonly rule: string; readonly from: string; readonly to: string }

const examine = async (
  baseDir: string,
): Promise<{ readonly modules: number; readonly findings: readonly Finding[] }> => {
  const { output } = await cruise(FOLDERS, { ...(await agreedRules()), baseDir })
  if (typeof output === 'string') throw new Error(`Expected a result, got text: ${output}`)
  const findings = output.summary.violations.map(({ rule, from, to }) => ({
    rule: rule.name,
    from,
    to,
  }))
  return { modules: output.modules.length, findings }
}

describe('the imports of this repository', () => {
  it('go in the agreed directions only', async () => {
    const { modules, findings } = await examine(repositoryRoot)
    expect(findings.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`)).toEqual([])
    // With a wrong parser or wrong conditions, nothing is found because nothing is looked at.
    expect(modules).toBeGreaterThan(60)
  })
})

/** For each rule, a file that breaks it. */
const VIOLATIONS: Readonly<Record<string, readonly [path: string, source: string]>> = {
  'core-is-pure': ['packages/engine/src/core/impure.ts', `import 'node:fs'`],
  'ports-know-the-core-only': [
    'packages/engine/src/ports/upward.ts',
    `import type { Run } from '../runtime/run.ts'\nexport type Port = Run`,
  ],
  'definitions-know-the-core-only': [
    'packages/engine/src/definition/concrete.ts',
    `import '../ports/store.ts'`,
  ],
  'runtime-knows-core-and-ports': [
    'packages/engine/src/runtime/concrete.ts',
    `import '../memory/index.ts'`,
  ],
  'runtime-names-no-technology': ['packages/engine/src/runtime/sql.ts', `import 'pg'`],
  'adapters-stand-apart': [
    'packages/engine/src/postgres/neighbor.ts',
    `import type { Job } from '../bullmq/index.ts'\nexport type Row = Job`,
  ],
  'barrier-knows-the-core-only': [
    'packages/engine/src/barrier/upward.ts',
    `import type { Run } from '../runtime/run.ts'\nexport type Guard = Run`,
  ],
  'one-composition-root': ['packages/engine/src/second-root.ts', `import './postgres/index.ts'`],
  'adapters-for-those-who-compose': [
    'packages/examples/src/tied.ts',
    `import '@backstep/engine/postgres'`,
  ],
  'packages-use-entry-points': [
    'packages/worker/src/deep.ts',
    `import '../../engine/src/core/plan.ts'`,
  ],
  'engine-stands-alone': ['packages/engine/src/runtime/circle.ts', `import '@backstep/worker'`],
  'servers-stand-alone': ['packages/servers/src/upward.ts', `import '@backstep/engine'`],
  'servers-are-not-shipped': ['packages/cli/src/launch.ts', `import '@backstep/servers'`],
  'examples-use-public-entry-points': [
    'packages/examples/src/deep.ts',
    `import type { Plan } from '../../engine/src/core/plan.ts'\nexport type P = Plan`,
  ],
  'packages-do-not-need-the-repository': [
    'packages/worker/src/helped.ts',
    `import '../../../test/support/help.ts'`,
  ],
  'no-cycles': ['packages/cli/src/one.ts', `import './two.ts'`],
  'imports-resolve': ['packages/cli/src/lost.ts', `import './nowhere.ts'`],
}

const OTHER_HALF = 'packages/cli/src/two.ts'

/** What the violations import, and imports that every rule must let pass. */
const ALLOWED: Readonly<Record<string, string>> = {
  'packages/engine/src/index.ts': `export { create } from './create-backstep.ts'`,
  'packages/engine/src/create-backstep.ts': `import './postgres/index.ts'\nexport const create = 1`,
  'packages/engine/src/core/plan.ts': 'export type Plan = 1',
  'packages/engine/src/core/plan.test.ts': `import 'vitest'\nimport './plan.ts'`,
  'packages/engine/src/ports/store.ts': `export type { Plan } from '../core/plan.ts'`,
  'packages/engine/src/definition/saga.ts': `import '../core/plan.ts'`,
  'packages/engine/src/definition/rejection.ts': 'export const reject = 1',
  'packages/engine/src/barrier/index.ts': `import 'pg'\nimport '../definition/rejection.ts'`,
  'packages/engine/src/runtime/run.ts': `import '../ports/store.ts'
import '../definition/saga.ts'
export type Run = 1`,
  'packages/engine/src/postgres/index.ts': `import 'pg'\nimport '../ports/store.ts'`,
  'packages/engine/src/bullmq/index.ts': 'export type Job = 1',
  'packages/engine/src/memory/index.ts': `import '../core/plan.ts'`,
  'packages/worker/src/index.ts': `import '@backstep/engine/postgres'`,
  'packages/cli/src/index.ts': `import '@backstep/engine'`,
  [OTHER_HALF]: `import './one.ts'`,
  'packages/servers/src/index.ts': `import 'node:net'`,
  'packages/examples/src/index.ts': `import '@backstep/engine'\nimport '@backstep/engine/barrier'\nimport '@backstep/servers'`,
  'test/support/help.ts': `import '@backstep/engine/memory'`,
  'test/conformance/core.test.ts': `import '../../packages/engine/src/core/plan.ts'`,
  'scripts/run.ts': `import '@backstep/servers'`,
}

const planted = mkdtempSync(join(realpathSync(tmpdir()), 'backstep-imports-'))

afterAll(() => rmSync(planted, { recursive: true, force: true }))

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(planted, path)), { recursive: true })
  writeFileSync(join(planted, path), text)
}

const plantPackage = (name: string): void => {
  const manifest = `packages/${name}/package.json`
  write(manifest, readRepositoryFile(manifest))
  symlinkSync(join(planted, 'packages', name), join(planted, 'node_modules', '@backstep', name))
}

const plantEverything = (): void => {
  mkdirSync(join(planted, 'node_modules', '@backstep'), { recursive: true })
  for (const name of ['engine', 'worker', 'cli', 'servers', 'examples']) plantPackage(name)
  for (const name of ['pg', 'vitest']) {
    symlinkSync(join(repositoryRoot, 'node_modules', name), join(planted, 'node_modules', name))
  }
  for (const [path, text] of Object.entries(ALLOWED)) write(path, text)
  for (const [path, text] of Object.values(VIOLATIONS)) write(path, text)
}

describe('each rule about imports', () => {
  it('has a planted violation', async () => {
    const { ruleSet } = await agreedRules()
    const names = ruleSet?.forbidden?.map((rule) => rule.name)
    expect(names?.toSorted()).toEqual(Object.keys(VIOLATIONS).toSorted())
  })

  it('catches its violation and nothing that is allowed', async () => {
    plantEverything()
    const { findings } = await examine(planted)
    const expected = Object.entries(VIOLATIONS).map(([rule, [from]]) =>
      expect.objectContaining({ rule, from }),
    )
    expect(findings).toEqual(expect.arrayContaining(expected))
    // Either half of a cycle may be named as its beginning.
    const blamed = new Set(findings.map(({ from }) => from).filter((path) => path !== OTHER_HALF))
    expect(Object.keys(ALLOWED).filter((path) => blamed.has(path))).toEqual([])
  })
})
