/**
 * Runs random sequences of commands against Postgres: `pnpm check:sequences`. Exits with 1 when one ends badly, and tells the
 * shortest such sequence.
 *
 * `--sequences <number>`, 2,000 unless set. `--seed <number>` begins with another one than the time of day. `--lanes <number>`
 * run beside each other, 4 unless set.
 */
import { parseArgs } from 'node:util'

import { runSequences } from '../test/sequences/run-sequences.ts'

const { values } = parseArgs({
  options: {
    sequences: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    lanes: { type: 'string', default: '4' },
  },
})

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

const startedMs = performance.now()
const sequences = Number(values.sequences)
const seed = Number(values.seed)
say(`${sequences} sequences from seed ${seed}`)
try {
  const tally = await runSequences({ sequences, seed, lanes: Number(values.lanes) })
  say(tally.text())
  const missing = tally.missing()
  if (missing.length > 0)
    throw new Error(`The run proves nothing: never seen: ${missing.join(', ')}`)
  say(`All ended well, after ${((performance.now() - startedMs) / 1_000).toFixed(0)} s.`)
} catch (error) {
  if (!(error instanceof Error)) throw error
  const cause = error.cause instanceof Error ? error.cause.stack : ''
  say(`${error.message}\n${cause}`)
  process.exitCode = 1
}
