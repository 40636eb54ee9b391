import { afterAll, expect, it } from 'vitest'
import { runSeeds } from '../seed-pool.ts'
import { mutants } from './mutants.ts'

/** So many seeds a mutant may survive. */
const patience = 1_500

const caught: { readonly name: string; readonly seeds: number; readonly by: string }[] = []

it.for(mutants.map(({ name, breaks }) => ({ name, breaks })))(
  '$name is caught: $breaks',
  async ({ name }) => {
    const tally = await runSeeds({ from: 1, count: patience, mutant: name, untilFailure: true })
    const [first] = tally.failed
    if (first !== undefined) {
      caught.push({ name, seeds: first.seed, by: essence(first.violations[0] ?? '') })
    }
    expect(first, `${name} survived ${patience} seeds`).toBeDefined()
  },
)

/** A violation without the names of whom it befell. */
function essence(violation: string): string {
  return violation.replace(/^.*? s: /, '').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
}

afterAll(() => {
  const rows = caught.map(
    ({ name, seeds, by }) =>
      `${name.padEnd(26)}seed ${String(seeds).padStart(4)}  ${by.slice(0, 110)}`,
  )
  process.stdout.write(`Mutants, and what caught them first:\n${rows.join('\n')}\n`)
})
