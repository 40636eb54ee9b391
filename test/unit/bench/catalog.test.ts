import { existsSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { readCatalog } from '../../../packages/bench/src/catalog/read-catalog.ts'
import { parseSystems } from '../../../packages/bench/src/catalog/system.ts'
import { planRuns } from '../../../packages/bench/src/harness/run-plan.ts'

const peersManifest = new URL('../../../packages/bench/peers/package.json', import.meta.url)
const pinned: Record<string, string> = JSON.parse(readFileSync(peersManifest, 'utf8')).dependencies

describe('the catalog', () => {
  const catalog = readCatalog()

  it('has a name of its own for each system', () => {
    const names = catalog.map(({ id }) => id)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(8)
  })

  it('names runners that exist and packages whose exact version is pinned', () => {
    expect(catalog.filter(({ runner }) => !existsSync(runner))).toEqual([])
    const packages = catalog.flatMap((system) => system.package ?? [])
    expect(packages.filter((name) => !/^\d+\.\d+\.\d+$/.test(pinned[name] ?? ''))).toEqual([])
  })

  it('refuses a file that is not of the agreed form, and names it', () => {
    const json = { runner: 'a.ts', package: null, settings: '', variants: [{ id: 'A system' }] }
    expect(() => parseSystems('/some/where.json', json)).toThrow(/^\/some\/where\.json: /)
  })
})

const aSystem = (id: string, scenarios?: readonly ['w1']) => ({
  id,
  title: id,
  stores: [],
  inFlight: 1,
  options: {},
  settings: '',
  runner: '',
  package: null,
  ...(scenarios === undefined ? {} : { scenarios: [...scenarios] }),
})

describe('the order of runs', () => {
  it('is A B A B, a scenario after the other', () => {
    const plans = planRuns({
      systems: [aSystem('a'), aSystem('b', ['w1'])],
      scenarios: ['w1', 'w3'],
      rounds: 2,
      seconds: 1,
    })
    expect(plans.map((plan) => `${plan.scenario}${plan.round}${plan.system.id}`)).toEqual([
      'w11a',
      'w11b',
      'w12a',
      'w12b',
      'w31a',
      'w32a',
    ])
  })
})
