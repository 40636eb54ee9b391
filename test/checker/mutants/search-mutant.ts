import { bookOf } from '../saga-book.ts'
import { searchAll, type SearchResult } from '../search.ts'
import type { Mutant } from './mutant.ts'

/** A mutant may read what the shipped core leaves alone: it is searched with less left out. */
export function searchMutant({ shape, rules }: Mutant): SearchResult {
  return searchAll(bookOf(shape, rules), 2_000_000)
}
