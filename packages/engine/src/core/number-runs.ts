/**
 * A list of whole numbers as pairs of a difference and how often it comes in a row, from 0 on: 2, 3, 4, 7 is
 * [2, 1], [1, 2], [3, 1]. Short wherever the numbers go up, or down, or stay, in even steps.
 */
export type NumberRuns = readonly (readonly [difference: number, times: number])[]

/** Writes a list as runs. */
export function toRuns(numbers: readonly number[]): NumberRuns {
  const runs: [number, number][] = []
  let before = 0
  for (const number of numbers) {
    const difference = number - before
    const run = runs.at(-1)
    if (run?.[0] === difference) run[1] += 1
    else runs.push([difference, 1])
    before = number
  }
  return runs
}

/** The list that was written as these runs. */
export function fromRuns(runs: NumberRuns): readonly number[] {
  const numbers: number[] = []
  let last = 0
  for (const [difference, times] of runs) {
    for (let count = 0; count < times; count += 1) {
      last += difference
      numbers.push(last)
    }
  }
  return numbers
}
