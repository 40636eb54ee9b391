import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url))

/**
 * The conclusion of each message, in the words of the compiler. Where it takes several lines it leads from the whole call
 * down to what is wrong in it: that is its last line.
 */
const refused: Readonly<Record<string, string>> = {
  'barrier-without-transaction': `Property '#private' in type 'Kysely' refers to a different member that cannot be accessed from within type 'Transaction'.`,
  'branch-without-steps': `Type '"There is no step in it: call step, and return what it returns."' is not assignable to type 'true'.`,
  'compensated-pivot': `Type '() => Promise<undefined>' is not assignable to type '"The pivot is not undone: once it succeeded, the saga only goes forward."'.`,
  'compensation-after-pivot': `Type '() => Promise<undefined>' is not assignable to type '"A step after the pivot is not undone: it is tried until it succeeds."'.`,
  'compensation-in-for-each-after-pivot': `Type '() => Promise<undefined>' is not assignable to type '"A step after the pivot is not undone: it is tried until it succeeds."'.`,
  'breaker-of-both-kinds': `Type 'number' is not assignable to type 'undefined'.`,
  'fallback-of-another-output': `Type 'number' is not assignable to type 'string'.`,
  'fallback-of-pivot': `Type '() => number' is not assignable to type '"The pivot has no fallback: two ways of taking a decision may both take effect."'.`,
  'fallback-of-transactional-step': `Type '() => number' is not assignable to type '"A transactional step has no fallback: there is no other way to write to the saga database."'.`,
  'fail-fast-for-each': `Type '"issue"' is not assignable to type '"With failFast a step that has a compensation must say barrier: true."'.`,
  'fail-fast-without-barrier': `Type '"reserve"' is not assignable to type '"With failFast a step that has a compensation must say barrier: true."'.`,
  'fork-in-branch': `Argument of type '"seats"' is not assignable to parameter of type '"There are only steps in it: call parallel on the saga."'.`,
  'input-without-schema': `Object literal may only specify known properties, and 'orderId' does not exist in type 'StandardSchemaV1<unknown, unknown>'.`,
  'item-outside-for-each': `Property 'item' does not exist on type 'ActionContext<{ orderId: string; }, NoResults>'.`,
  'missing-stance': `Property 'compensation' is missing in type '{ action: () => Promise<{ id: number; }>; }' but required in type 'UndoableStepOptions<{ orderId: string; }, NoResults, { id: number; }, NoSchema, unknown, false, false>'.`,
  'missing-stance-in-branch': `Property 'compensation' is missing in type '{ action: () => Promise<{ id: number; }>; }' but required in type 'UndoableStepOptions<{ orderId: string; }, NoResults, { id: number; }, NoSchema, unknown, false, false>'.`,
  'name-of-fork': `Argument of type '"book"' is not assignable to parameter of type '"The name \\"book\\" is taken already: choose another name."'.`,
  'name-of-step-in-for-each': `Argument of type '"issue"' is not assignable to parameter of type '"The name \\"issue\\" is taken already: choose another name."'.`,
  'none-without-reason': `Property 'reason' is missing in type '{ action: () => Promise<boolean>; compensation: "none"; }' but required in type 'StepWithoutUndoOptions<{ orderId: string; }, NoResults, boolean, NoSchema, unknown, false>'.`,
  'none-without-reason-in-for-each': `Property 'reason' is missing in type '{ action: () => Promise<boolean>; compensation: "none"; }' but required in type 'StepWithoutUndoOptions<{ orderId: string; }, NoResults, boolean, NoSchema, ItemContext<string>, false>'.`,
  'output-against-schema': `Type 'number' is not assignable to type 'string'.`,
  'output-of-unknown-outcome': `'output' is possibly 'undefined'.`,
  'parallel-that-returns-nothing': `Type 'void' is not assignable to type 'Filled<unknown, unknown>'.`,
  'parallel-without-branches': `Type '"There is no branch in it: call branch, and return what it returns."' is not assignable to type 'true'.`,
  'pivot-in-branch': `Argument of type '"charge"' is not assignable to parameter of type '"The pivot is a step of the saga itself: call it there."'.`,
  'predicate-without-answer': `Type 'string' is not assignable to type 'MaybePromise<boolean>'.`,
  'park-after-pivot': `Object literal may only specify known properties, and 'onFailure' does not exist in type 'RetriableStepOptions<{ orderId: string; }, NoResults & { readonly pay: number; }, number, NoSchema, unknown, false>'.`,
  'probe-of-another-output': `Type 'number' is not assignable to type 'string'.`,
  'probe-that-returns-nothing': `Type 'undefined' is not assignable to type 'ProbeAnswer<NoInfer<{ chargeId: string; }>>'.`,
  'reason-with-handler': `Type 'string' is not assignable to type 'undefined'.`,
  'repeated-branch': `Argument of type '"flight"' is not assignable to parameter of type '"There is a branch named \\"flight\\" already: choose another name."'.`,
  'repeated-name': `Argument of type '"reserve"' is not assignable to parameter of type '"There is a step named \\"reserve\\" already: choose another name."'.`,
  'repeated-name-in-other-branch': `Argument of type '"reserve"' is not assignable to parameter of type '"The name \\"reserve\\" is taken already: choose another name."'.`,
  'result-of-later-step': `Property 'ship' does not exist on type 'NoResults'.`,
  'result-of-other-branch': `Property 'reserveFlight' does not exist on type 'NoResults'.`,
  'result-of-skipped-step': `'results.insure' is possibly 'undefined'.`,
  'retry-by-unknown-word': `Type '"reject"' is not assignable to type '"stop" | RetryBudgetOptions'.`,
  'second-pivot': `Argument of type '"ship"' is not assignable to parameter of type '"A saga has one pivot, and this one has it already: make it a step."'.`,
  'siblings-after-pivot': `Type '"waitAll"' is not assignable to type '"After the pivot no branch turns the saga back: leave it out."'.`,
  'slash-in-fork-name': `Argument of type '"tickets/2"' is not assignable to parameter of type '"\\"tickets/2\\" has a slash, which ends a fork's name in the path of a branch: choose another name."'.`,
  'sleep-in-branch': `Argument of type '"1d"' is not assignable to parameter of type '"There are only steps in it: call sleep on the saga."'.`,
  'sleep-with-taken-name': `Argument of type '"nap"' is not assignable to parameter of type '"The name \\"nap\\" is taken already: choose another name."'.`,
  'step-after-output': `Property 'step' does not exist on type 'SagaDefinition<{ orderId: string; }, number>'.`,
  'step-outside-branch': `Argument of type '"pay"' is not assignable to parameter of type '"Each step is in a branch: call branch, and step inside it."'.`,
  'stored-date': `Type 'Date' is not assignable to type '"A Date cannot be stored: return an ISO string."'.`,
  'stored-date-in-list': `Type 'Date' is not assignable to type '"A Date cannot be stored: return an ISO string."'.`,
  'stored-function': `Type '() => undefined' is not assignable to type '"A function cannot be stored."'.`,
  'transaction-not-declared': `Property 'transaction' does not exist on type 'ActionContext<{ orderId: string; }, NoResults>'.`,
  'transaction-of-action-in-undo': `Property 'transaction' does not exist on type 'CompensationAfterSuccess<{ orderId: string; }, NoResults, number | null>'.`,
  'unknown-option': `Object literal may only specify known properties, and 'retries' does not exist in type 'UndoableStepOptions<{ orderId: string; }, NoResults, number, NoSchema, unknown, false, false>'.`,
  'wait-result-after-timeout': `'results.approval' is possibly 'undefined'.`,
  'wait-without-schema': `Property 'schema' is missing in type '{ timeout: string; }' but required in type 'WaitOptions<StandardSchemaV1<unknown, unknown>>'.`,
  'when-in-for-each': `Argument of type '"paper"' is not assignable to parameter of type '"There are only steps in it: call when on the saga."'.`,
}

const accepted = [
  'accepted',
  'accepted-barrier',
  'accepted-documented',
  'accepted-fallback',
  'accepted-forks',
  'accepted-long-chain',
  'accepted-transactional',
  'accepted-long-forks',
  'accepted-time',
  'accepted-waits',
]

const said = messagesByFixture(await compile())

/** One run for all: it is the start of the compiler that takes time. */
function compile(): Promise<string> {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
  const compiler = join(dirname(typescript), 'bin', 'tsc')
  const options = ['-p', fixtures, '--pretty', 'false']
  return new Promise((resolve) => {
    // It exits with an error whenever there is a message, which is the rule here.
    execFile(process.execPath, [compiler, ...options], (_, output) => resolve(output))
  })
}

/** Messages begin with a place in a file; the lines that follow are indented. */
function messagesByFixture(output: string): ReadonlyMap<string, readonly string[]> {
  const messages = new Map<string, readonly string[]>()
  for (const message of output.trimEnd().split(/\n(?=\S)/)) {
    const [, file = '', text = ''] = /^(\S+)\(\d+,\d+\): error TS\d+: (.*)$/s.exec(message) ?? []
    const fixture = basename(file, '.ts')
    const conclusion = text.split('\n').at(-1)?.trim() ?? ''
    messages.set(fixture, [...(messages.get(fixture) ?? []), conclusion])
  }
  return messages
}

test.for(Object.entries(refused))(
  '%s is one error, and says what is wrong',
  ([fixture, message]) => {
    expect(said.get(fixture)).toEqual([message])
  },
)

test.for(accepted)('%s compiles, with exactly the types that it asserts', (fixture) => {
  expect(said.get(fixture)).toBeUndefined()
})

test('nothing is expected of a fixture that is not there', () => {
  const present = readdirSync(fixtures).filter((name) => name.endsWith('.ts'))
  const expected = [...Object.keys(refused), ...accepted].map((name) => `${name}.ts`)
  expect(present.toSorted()).toEqual(expected.toSorted())
})

test('what the documentation shows of branches, lists and choices is what compiles', () => {
  const page = readFileSync(new URL('../../docs/writing-sagas.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, block = '']) => block)
  const shown = blocks.filter((block) => /\.(?:parallel|forEach|when)\(/.test(block))
  expect(shown).toHaveLength(3)
  const compiled = readFileSync(join(fixtures, 'accepted-documented.ts'), 'utf8')
  expect(compiled).toContain(shown.join(''))
})
