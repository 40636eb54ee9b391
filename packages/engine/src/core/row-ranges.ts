/** Journal rows from one number to another, both included. */
export type RowRange = readonly [from: number, to: number]

/** Rows in between that nobody asked for are read along up to this gap: cheaper than another look into the index. */
const smallGap = 8

/** Few ranges that cover all of these rows, in order, for a reader that had better take neighbors at once. */
export function rangesOver(seqs: readonly number[]): readonly RowRange[] {
  const ranges: [number, number][] = []
  for (const seq of seqs.toSorted((a, b) => a - b)) {
    const range = ranges.at(-1)
    if (range !== undefined && seq - range[1] <= smallGap) range[1] = seq
    else ranges.push([seq, seq])
  }
  return ranges
}
