import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
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
  'compensated-pivot': `Type '() => Promise<undefined>' is not assignable to type '"The pivot is not undone: once it succeeded, the saga only goes forward."'.`,
  'compensation-after-pivot': `Type '() => Promise<undefined>' is not assignable to type '"A step after the pivot is not undone: it is tried until it succeeds."'.`,
  'input-without-schema': `Object literal may only specify known properties, and 'orderId' does not exist in type 'StandardSchemaV1<unknown, unknown>'.`,
  'missing-stance': `Property 'compensation' is missing in type '{ action: () => Promise<{ id: number; }>; }' but required in type 'UndoableStepOptions<{ orderId: string; }, NoResults, { id: number; }, NoSchema>'.`,
  'none-without-reason': `Property 'reason' is missing in type '{ action: () => Promise<boolean>; compensation: "none"; }' but required in type 'StepWithoutUndoOptions<{ orderId: string; }, NoResults, boolean, NoSchema>'.`,
  'output-against-schema': `Type 'number' is not assignable to type 'string'.`,
  'output-of-unknown-outcome': `'output' is possibly 'undefined'.`,
  'park-after-pivot': `Object literal may only specify known properties, and 'onFailure' does not exist in type 'RetriableStepOptions<{ orderId: string; }, NoResults & { readonly pay: number; }, number, NoSchema>'.`,
  'probe-of-another-output': `Type 'number' is not assignable to type 'string'.`,
  'probe-that-returns-nothing': `Type 'undefined' is not assignable to type 'ProbeAnswer<NoInfer<{ chargeId: string; }>>'.`,
  'reason-with-handler': `Type 'string' is not assignable to type 'undefined'.`,
  'repeated-name': `Argument of type '"reserve"' is not assignable to parameter of type '"There is a step named \\"reserve\\" already: choose another name."'.`,
  'result-of-later-step': `Property 'ship' does not exist on type 'NoResults'.`,
  'retry-by-unknown-word': `Type '"reject"' is not assignable to type '"stop" | RetryBudgetOptions'.`,
  'second-pivot': `Argument of type '"ship"' is not assignable to parameter of type '"A saga has one pivot, and this one has it already: make it a step."'.`,
  'step-after-output': `Property 'step' does not exist on type 'SagaDefinition<{ orderId: string; }, number>'.`,
  'stored-date': `Type 'Date' is not assignable to type '"A Date cannot be stored: return an ISO string."'.`,
  'stored-function': `Type '() => undefined' is not assignable to type '"A function cannot be stored."'.`,
  'unknown-option': `Object literal may only specify known properties, and 'retries' does not exist in type 'UndoableStepOptions<{ orderId: string; }, NoResults, number, NoSchema>'.`,
}

const accepted = ['accepted', 'accepted-long-chain']

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
