import { expect, test } from 'vitest'
import { allMutants } from './all-mutants.ts'
import { patchedRules } from './patched-core.ts'
import { searchMutant } from './search-mutant.ts'

const mutants = await allMutants()

test('there are enough of them', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(20)
})

test.each(mutants)('the search notices when $name', (mutant) => {
  const { violation } = searchMutant(mutant)
  expect(violation, `"${mutant.name}" survives`).not.toBeNull()
  expect(violation?.trace.length).toBeGreaterThan(0)
})

test('the shortest way to a violation is told in words', () => {
  const hasty = mutants.find(({ name }) => name.startsWith('a compensation does not wait'))
  expect(hasty === undefined ? null : searchMutant(hasty).violation).toEqual({
    invariant: 'R11: "a" is undone while the action of "a" may still take effect',
    trace: [
      'somebody claims main (found by a sweep)',
      'the lease on main has run out: somebody else takes it over → running',
      'claim 1 (lost) decides',
      'claim 2 decides',
      'claim 2: the action of "a", attempt 2 ends in rejection → compensating',
    ],
  })
})

test('a patch that finds nothing to change is no mutant', async () => {
  const patch = { file: 'decide.ts', text: 'this is nowhere', by: '' }
  await expect(patchedRules(patch)).rejects.toThrow('decide.ts does not have this')
})
