import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import {
  attempts,
  forkingPlan,
  harmless,
  pivot,
  planOf,
  retriable,
  savepoint,
  step,
} from '../unit/core/plans.ts'
import { reachableTransitions } from './reachable-transitions.ts'

const page = new URL('../../docs/state-machine.md', import.meta.url)

const twice = { retry: attempts(2) }
const once = { retry: attempts(1) }
const covering = { ...twice, rejectionCoversEarlierAttempts: true }
const probe = { retry: attempts(1), timeoutMs: 1_000 }
const deadly = [
  planOf(step('reserve', covering)),
  planOf(step('reserve', { ...once, onFailure: 'park' })),
  planOf(step('reserve', { ...once, probe })),
  planOf(pivot('pay', { ...twice, probe })),
  planOf(step('reserve', once), harmless('look', once)),
  planOf(step('reserve', once), pivot('pay', once)),
  planOf(pivot('pay', covering)),
  planOf(pivot('pay', once), retriable('ship', twice)),
]

const operated = [
  planOf(step('reserve', once)),
  planOf(step('reserve', { ...once, onFailure: 'park' })),
  planOf(step('reserve', once), step('book', once)),
  planOf(pivot('pay', { ...once, rejectionCoversEarlierAttempts: true })),
  planOf(pivot('pay', { ...once, probe })),
]

/** Each round that is over leaves a step of which something may still be heard: without deaths, they are enough. */
const calm = [forkingPlan(savepoint('start'), step('reserve', once))]

const reachable = reachableTransitions([
  ...deadly.map((plan) => ({ plan, trouble: 'deaths' }) as const),
  ...operated.map((plan) => ({ plan, trouble: 'operators' }) as const),
  ...calm.map((plan) => ({ plan, trouble: 'none' }) as const),
])

test.each(['saga', 'action', 'compensation'] as const)(
  'the diagram of the %s has exactly the transitions that the engine can bring about',
  async (subject) => {
    const drawn = await diagramOf(subject)

    expect(drawn).toEqual([...reachable[subject]].toSorted())
  },
)

test('the table has a row for each transition of the diagram of the saga', async () => {
  const text = await readFile(page, 'utf8')
  const rows = text.matchAll(/^\| `(\S+)` \| `(\S+)` \|/gm)

  const listed = Array.from(rows, ([, from, to]) => `${from} --> ${to}`)

  expect(listed.toSorted()).toEqual(await diagramOf('saga'))
})

/** The transitions of the diagram under the heading of that name, without those that only mark an end. */
async function diagramOf(subject: string): Promise<readonly string[]> {
  const text = await readFile(page, 'utf8')
  const sections = text.split(/^## /m)
  const section = sections.find((each) => each.toLowerCase().startsWith(`the ${subject}\n`)) ?? ''
  const [, diagram = ''] = /```mermaid\n(.*?)```/s.exec(section) ?? []
  const arrows = diagram.matchAll(/^\s*(\S+) --> (\S+?)(?::.*)?$/gm)
  const drawn = Array.from(arrows, ([, from, to]) => ({ from, to }))
  return drawn
    .filter(({ to }) => to !== '[*]')
    .map(({ from, to }) => `${from} --> ${to}`)
    .toSorted()
}
