import { expect, test } from 'vitest'
import { LivenessGraph } from './liveness-graph.ts'

function graphOf(moves: readonly (readonly number[])[], end: number): LivenessGraph {
  const graph = new LivenessGraph()
  for (const [state, targets] of moves.entries()) {
    graph.begin(state === end)
    for (const target of targets) graph.add(target)
  }
  return graph
}

test('every state that has a way to an end is found, however it winds', () => {
  expect(graphOf([[1, 2], [3], [1], []], 3).firstWithoutEnd()).toBeNull()
})

test('a state in a circle without a way out has none', () => {
  expect(graphOf([[1, 3], [2], [1], []], 3).firstWithoutEnd()).toBe(1)
})

test('a state without a move has none, unless it is an end', () => {
  expect(graphOf([[1], []], 0).firstWithoutEnd()).toBe(1)
})
