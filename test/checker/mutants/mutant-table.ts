import { aligned } from '../search-report.ts'
import { searchMutant } from './search-mutant.ts'
import { allMutants } from './all-mutants.ts'

/** What each mutant is caught by, and after how much of a search. */
export async function mutantTable(): Promise<string> {
  const rows = (await allMutants()).map((mutant) => {
    const { states, ms, violation } = searchMutant(mutant)
    const caught = violation?.invariant ?? 'SURVIVED'
    return [mutant.name, mutant.forgets, states.toLocaleString('en'), ms.toFixed(0), caught]
  })
  return aligned([['mutant', 'forgets', 'states', 'ms', 'caught by'], ...rows])
}
