import { expect, test } from 'vitest'

import { actionContext, begin, compensationContext } from './order-saga.ts'
import { tripSaga } from './trip-saga.ts'

const undone = { action: () => 1, compensation: () => 1 }

test('the plan has forks with their steps, and choices with how many nodes they decide on', () => {
  const guarded = { role: 'compensatable', barrier: true }
  expect(tripSaga().plan.nodes).toMatchObject([
    {
      type: 'parallel',
      name: 'book',
      siblings: 'failFast',
      compensation: 'serial',
      branches: [
        {
          name: 'flight',
          nodes: [
            { name: 'reserveFlight', ...guarded },
            { name: 'payDeposit', ...guarded },
          ],
        },
        { name: 'hotel', nodes: [{ name: 'reserveHotel', queue: 'hotels' }] },
      ],
    },
    {
      type: 'forEach',
      name: 'tickets',
      siblings: 'drain',
      compensation: 'parallel',
      concurrency: 10,
      nodes: [{ name: 'issue', role: 'compensatable' }],
    },
    { type: 'choice', name: 'insurance', size: 2 },
    { name: 'insure', role: 'compensatable' },
    { name: 'tell', role: 'compensatable' },
    { name: 'pay', role: 'pivot' },
    {
      type: 'parallel',
      name: 'confirm',
      siblings: 'drain',
      compensation: 'parallel',
      branches: [{ name: 'mail', nodes: [{ name: 'mail', role: 'retriable' }] }],
    },
    {
      type: 'forEach',
      name: 'points',
      concurrency: 256,
      nodes: [{ name: 'grant', role: 'retriable', retry: { maximumAttempts: null } }],
    },
  ])
})

test('steps in forks are like those outside, the defaults of the saga among them', () => {
  const [alone] = begin().step('a', undone).plan.nodes
  const { plan } = begin().parallel('fork', (fork) =>
    fork.branch('one', (branch) => branch.step('a', undone)),
  )
  expect(plan.nodes).toMatchObject([{ branches: [{ nodes: [alone] }] }])
})

test('there is a handler for each step by its name, wherever it is', async () => {
  const { handlers } = tripSaga()
  const names = 'reserveFlight payDeposit reserveHotel issue insure tell pay mail grant'
  expect([...handlers.keys()].join(' ')).toBe(names)
  const results = { reserveFlight: 'F1' }
  expect(await handlers.get('payDeposit')?.action(actionContext(results))).toBe('paid F1')
  expect(await handlers.get('reserveFlight')?.compensation?.(compensationContext('F1'))).toBe('F1')
})

test('the handlers of a forEach are told which item they are for', async () => {
  const issue = tripSaga().handlers.get('issue')
  const item = { item: 'Ada', index: 3 }
  expect(await issue?.action({ ...actionContext(), ...item })).toBe('3: Ada')
  expect(await issue?.compensation?.({ ...compensationContext(1), ...item })).toBe('Ada at 3')
})

test('lists and conditions are found by name, and always answer later', async () => {
  const { lists, predicates } = tripSaga()
  expect([...lists.keys()]).toEqual(['tickets', 'points'])
  expect([...predicates.keys()]).toEqual(['insurance'])
  const context = { input: { travellers: ['Ada'], insured: true }, results: {}, sagaId: 's1' }
  const list = lists.get('tickets')?.(context)
  expect(list).toBeInstanceOf(Promise)
  expect(await list).toEqual(['Ada'])
  expect(await predicates.get('insurance')?.(context)).toBe(true)
})

test('a list that throws at once rejects all the same', async () => {
  const { lists } = begin().forEach(
    'each',
    (): readonly string[] => {
      throw new Error('no')
    },
    (each) => each.step('a', undone),
  )
  await expect(lists.get('each')?.({ input: 1, results: {}, sagaId: 's' })).rejects.toThrow('no')
})

test('each method returns a new frozen definition, down to the steps of its branches', () => {
  const empty = begin()
  const forked = empty.parallel('fork', (fork) => {
    const one = fork.branch('one', (branch) => {
      const first = branch.step('a', undone)
      first.step('left out', undone)
      return first
    })
    one.branch('left out', (branch) => branch.step('b', undone))
    return one
  })
  expect(empty.plan.nodes).toEqual([])
  const [node] = forked.plan.nodes
  const branches = node?.type === 'parallel' ? node.branches : []
  expect(branches.map(({ name, nodes }) => [name, nodes.map((step) => step.name)])).toEqual([
    ['one', ['a']],
  ])
  for (const part of [node, branches, branches[0], branches[0]?.nodes, branches[0]?.nodes[0]]) {
    expect(Object.isFrozen(part)).toBe(true)
  }
  // What was left out is not there: its name is free.
  expect(forked.step('b', undone).plan.nodes).toHaveLength(2)
})

test('branches of two forks may have one name', () => {
  const saga = begin()
    .parallel('first', (fork) => fork.branch('one', (branch) => branch.step('a', undone)))
    .parallel('second', (fork) => fork.branch('one', (branch) => branch.step('b', undone)))
  expect([...saga.handlers.keys()]).toEqual(['a', 'b'])
})
