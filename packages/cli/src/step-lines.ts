import { formatDuration, type PlanNode, type SagaDetails } from '@backstep/engine'

import { readForkHistory, type ForkHistory } from './fork-history.ts'
import { itemLines } from './item-lines.ts'
import { headLine, stepLine, type StepLine } from './step-line.ts'
import { reportSteps, type StepReport } from './step-report.ts'
import { timeText } from './time-text.ts'

/** A saga's steps in the order of its plan, under what they are inside of. */
export function stepLines(details: SagaDetails): readonly StepLine[] {
  const { plan } = details
  const history = readForkHistory(details.journal)
  const scene: Scene = { details, history, reports: reportSteps(details) }
  const lines: StepLine[] = []
  let inside = 0
  for (const node of plan.nodes) {
    lines.push(...nodeLines(scene, node, inside > 0 ? 1 : 0))
    inside = node.type === 'choice' ? node.size : inside - 1
  }
  return lines
}

interface Scene {
  readonly details: SagaDetails
  readonly history: ForkHistory
  readonly reports: readonly StepReport[]
}

function nodeLines(scene: Scene, node: PlanNode, depth: number): readonly StepLine[] {
  const { details, history, reports } = scene
  switch (node.type) {
    case 'step':
      return reports.filter(({ step }) => step === node.name).map((step) => stepLine(step, depth))
    case 'choice':
      return [{ ...headLine(`${node.name} (when)`, 0), action: choiceWord(history, node.name) }]
    case 'sleep':
      return [sleepLine(scene, node)]
    case 'wait':
      return [waitLine(scene, node)]
    case 'savepoint':
      return [{ ...headLine(`${node.name} (save-point)`, 0), action: roundWord(details, node) }]
    case 'parallel': {
      const branches = node.branches.flatMap(({ name }) => branchLines(scene, node.name, name))
      return [forkLine(scene, node.name, node.name), ...branches]
    }
    case 'forEach': {
      const count = details.state.items[node.name]?.length ?? null
      const items = count === null ? '' : ` (${count === 1 ? '1 item' : `${count} items`})`
      const names = node.nodes.map(({ name }) => name)
      const own = reports.filter(({ branch }) => branch.startsWith(`${node.name}/`))
      return [forkLine(scene, node.name, `${node.name}${items}`), ...itemLines(names, own)]
    }
  }
}

function sleepLine(
  { details }: Scene,
  { name, durationMs }: Extract<PlanNode, { type: 'sleep' }>,
): StepLine {
  const { plan, state } = details
  const place = plan.nodes.findIndex((node) => node.name === name)
  const main = state.branches['main']
  const line = headLine(`${name} (sleep ${formatDuration(durationMs)})`, 0)
  if (main === undefined || main.cursor < place) return { ...line, action: 'pending' }
  if (main.cursor > place) return { ...line, action: 'done' }
  const isAsleep = state.status === 'running'
  return { ...line, action: isAsleep ? `until ${timeText(main.wakeAt)}` : 'turned back' }
}

function waitLine({ details }: Scene, { name }: Extract<PlanNode, { type: 'wait' }>): StepLine {
  const { plan, state } = details
  const place = plan.nodes.findIndex((node) => node.name === name)
  const main = state.branches['main']
  const line = headLine(`${name} (waitFor)`, 0)
  if (name in state.received) return { ...line, action: 'received' }
  if (main === undefined || main.cursor < place) return { ...line, action: 'pending' }
  if (main.cursor > place) return { ...line, action: 'timed out' }
  if (state.status !== 'running') return { ...line, action: 'turned back' }
  return { ...line, action: main.wakeAt === 0 ? 'waits' : `until ${timeText(main.wakeAt)}` }
}

function branchLines(
  { details, history, reports }: Scene,
  fork: string,
  name: string,
): readonly StepLine[] {
  const path = `${fork}/${name}`
  const own = reports.filter(({ branch }) => branch === path)
  const word = branchWord(details, path)
  const isBack = history.forks.get(fork)?.backward === 'began'
  const head = {
    ...headLine(name, 1),
    action: (isBack ? null : word) ?? history.branches.get(path) ?? endWord(own),
    undo: (isBack ? word : null) ?? '',
  }
  return [head, ...own.map((step) => stepLine(step, 2))]
}

/** What a branch that has work left is at; null of any other. */
function branchWord({ state }: SagaDetails, path: string): string | null {
  const branch = state.branches[path]
  if (branch === undefined) return null
  return branch.halt === null ? 'at work' : 'halted'
}

function endWord(steps: readonly StepReport[]): string {
  const [first] = steps
  if (first === undefined || first.action.status === 'pending') return 'pending'
  return steps.every(({ action }) => action.status === 'succeeded') ? 'done' : 'ended'
}

function forkLine({ details, history }: Scene, fork: string, label: string): StepLine {
  const marks = history.forks.get(fork)
  const atWork = details.state.status === 'stuck' ? 'halted' : 'at work'
  const line = headLine(label, 0)
  if (marks === undefined) return { ...line, action: 'pending' }
  const isHere = details.state.fork?.name === fork
  const ended = marks.forward === 'joined' ? 'done' : 'turned back'
  const undone = { none: '', began: atWork, joined: 'compensated' }[marks.backward]
  return {
    ...line,
    action: isHere && marks.backward === 'none' ? atWork : ended,
    undo: undone,
  }
}

/** Which round what is behind a save-point is in. */
function roundWord({ state }: SagaDetails, { name, maximumRounds }: SavepointNode): string {
  const word = state.returning?.savepoint === name ? 'going back in round' : 'round'
  return `${word} ${state.savepoints[name] ?? 1} of ${maximumRounds}`
}

type SavepointNode = Extract<PlanNode, { readonly type: 'savepoint' }>

function choiceWord({ choices }: ForkHistory, choice: string): string {
  const taken = choices.get(choice)
  if (taken === undefined) return 'pending'
  return taken ? 'taken' : 'skipped'
}
