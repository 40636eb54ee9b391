import * as fc from 'fast-check'

import { LONG_MS, rowChange } from './scene.ts'

/** The keys of the sagas that the commands are about: a saga's id is never used under another one. */
export const KEYS: readonly (string | null)[] = [null, null, 'a', 'a', 'b']

const delayMs = fc.constantFrom(0, 0, 0, 0, LONG_MS)
const dispatchGraceMs = fc.constantFrom(0, 0, 0, LONG_MS)
// Every lease has run out when the next command begins, or outlives the test.
const leaseMs = fc.constantFrom(1, 1, LONG_MS)
const whichClaim = fc.constantFrom('current', 'current', 'current', 'former', 'unknown')
const sagas = fc.uniqueArray(fc.nat({ max: KEYS.length - 1 }), { minLength: 1, maxLength: 3 })
const branch = fc.constantFrom('main', 'main', 'main/fork.1')
const queue = fc.constantFrom('orders', 'orders', 'payments')
const nextParts = { queue, delayMs, dispatchGraceMs }
const next = fc.record({ branch, ...nextParts })

const failure = { kind: 'error', code: 'boom', message: 'It broke.', step: 'charge' } as const

const row = fc.constantFrom(
  null,
  null,
  rowChange({ status: 'running' }),
  rowChange({ status: 'compensating', failure }),
  rowChange({ status: 'stuck', stuckCode: 'poison_task', stuckStep: 'charge', failure }),
  rowChange({ status: 'completed', output: { total: [1, 2.5, 'ö'] } }),
  rowChange({ status: 'compensated', failure }),
)

const change = fc.constantFrom(
  ...(['keep', 'replace', 'replace', 'remove', 'create', 'none'] as const),
  ...(['settle', 'settle', 'settle', 'settle', 'settle', 'settle', 'settle'] as const),
)

const BRANCHES = ['main', 'main/fork.1', 'main/fork.2', 'main/fork.3'] as const
const branches = fc.subarray([...BRANCHES])
const nexts = fc.uniqueArray(fc.record({ ...nextParts, branch: fc.constantFrom(...BRANCHES) }), {
  selector: (task) => task.branch,
  maxLength: BRANCHES.length,
})

/** Which branches come and go: the holders of so many others take part. */
const settlement = fc.record({
  others: fc.constantFrom(0, 0, 0, 1, 2),
  dropped: branches,
  nexts,
  wake: fc.boolean(),
})

const arbitraries = {
  start: fc.record({
    type: fc.constant('start' as const),
    sagas,
    input: fc.nat({ max: 1 }),
    // The lease that the tasks are born with; null for free ones.
    bornLeaseMs: fc.constantFrom(null, null, 1, LONG_MS),
    next,
  }),
  append: fc.record({
    type: fc.constant('append' as const),
    sagas,
    // Behind the head, on a row that is there, or beyond a gap.
    behindHead: fc.constantFrom(1, 1, 1, 1, 1, 0, 2),
    claim: whichClaim,
    change,
    next,
    settlement,
    row,
    twice: fc.boolean(),
  }),
  request: fc.record({
    type: fc.constant('request' as const),
    sagas,
    twice: fc.boolean(),
  }),
  claim: fc.record({
    type: fc.constant('claim' as const),
    sagas,
    nonce: fc.constantFrom('current', 'current', 'current', 'former'),
    // How many tasks of each saga.
    tasks: fc.integer({ min: 1, max: 4 }),
    leaseMs,
    twice: fc.boolean(),
  }),
  heartbeat: fc.record({
    type: fc.constant('heartbeat' as const),
    sagas,
    claim: whichClaim,
    leaseMs,
  }),
  release: fc.record({
    type: fc.constant('release' as const),
    sagas,
    claim: whichClaim,
    staleWake: fc.constantFrom(false, false, true),
    delayMs,
  }),
  takeOver: fc.record({ type: fc.constant('takeOver' as const), queue, leaseMs }),
  findOverdue: fc.record({ type: fc.constant('findOverdue' as const), queue }),
}

type CommandOf = {
  readonly [Type in keyof typeof arbitraries]: (typeof arbitraries)[Type] extends fc.Arbitrary<
    infer Value
  >
    ? Value
    : never
}

/** Something to do to a store. It names sagas by number, and claims and nonces by their place in what went before. */
export type Command<Type extends keyof CommandOf = keyof CommandOf> = CommandOf[Type]

/** The same commands for the same seed. */
export function randomCommands(seed: number, count: number): readonly Command[] {
  const { start, append, request, claim, heartbeat, release, takeOver, findOverdue } = arbitraries
  const command: fc.Arbitrary<Command> = fc.oneof(
    { arbitrary: start, weight: 2 },
    { arbitrary: append, weight: 6 },
    { arbitrary: request, weight: 2 },
    { arbitrary: claim, weight: 7 },
    { arbitrary: heartbeat, weight: 1 },
    { arbitrary: release, weight: 2 },
    { arbitrary: takeOver, weight: 3 },
    { arbitrary: findOverdue, weight: 1 },
  )
  return fc.sample(command, { seed, numRuns: count })
}
