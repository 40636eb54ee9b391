import { nodeAt, type Plan, type StepNode } from './plan.ts'
import type { CompensationState } from './state.ts'
import type { ReachedStep, StepFields } from './step-fields.ts'

/**
 * Neighbors in the plan that went alike: the place of the first, how many they are, the row in which the first one's action
 * was settled (0: not yet), how many rows lie between that and the next one's, and where those stand on the way back that
 * have a handler for it.
 */
export type StepRun = readonly [
  place: number,
  times: number,
  settled: number,
  stride: number,
  undo: CompensationState['status'],
]

/** The fields of a step that are not as plain as its run says. */
export type StepChange = Partial<StepFields>

/** Steps as few runs, and what these leave unsaid by the places of the steps. */
export interface StepRuns {
  readonly steps: readonly StepRun[]
  readonly changes: Readonly<Record<string, StepChange>>
}

/** Writes steps, given in the order of the plan, as runs. */
export function toStepRuns(reached: readonly ReachedStep[]): StepRuns {
  const runs: StepRun[] = []
  const changes: [string, StepChange][] = []
  let before = firstBefore
  for (const { place, node, fields } of reached) {
    const { settled, undo } = fields
    const run = extended(runs.at(-1), { place, node, fields })
    if (run === null) runs.push([place, 1, settled, 0, undo])
    else runs[runs.length - 1] = run
    const inRun = run === null ? undo : run[4]
    const change = changeFrom(plainFields(node, { settled, before, undo: inRun }), fields)
    if (Object.keys(change).length > 0) changes.push([String(place), change])
    before = settled
  }
  return { steps: runs, changes: Object.fromEntries(changes) }
}

/** The steps that were written as these runs. */
export function fromStepRuns(plan: Plan, { steps, changes }: StepRuns): readonly ReachedStep[] {
  const reached: ReachedStep[] = []
  let before = firstBefore
  for (const [first, times, firstSettled, stride, undo] of steps) {
    for (let index = 0; index < times; index += 1) {
      const place = first + index
      const node = nodeAt(plan, place)
      if (node.type !== 'step')
        throw new RangeError(`"${node.name}" is no step: plan and snapshot differ.`)
      const settled = firstSettled + index * stride
      const plain = plainFields(node, { settled, before, undo })
      reached.push({ place, node, fields: { ...plain, ...changes[String(place)] } })
      before = settled
    }
  }
  return reached
}

/** The first step is due since the first row. */
const firstBefore = 1

/** The run with one more step; null when that step does not belong to it. */
function extended(run: StepRun | undefined, { place, node, fields }: ReachedStep): StepRun | null {
  if (run === undefined) return null
  const [first, times, settled, stride, undo] = run
  const next = times === 1 ? fields.settled - settled : stride
  const inLine = place === first + times && fields.settled === settled + times * next
  return inLine && fields.undo === ownUndo(node, undo)
    ? [first, times + 1, settled, next, undo]
    : null
}

interface PlainStep extends Pick<StepFields, 'settled' | 'undo'> {
  /** The row in which the step before was settled. */
  readonly before: number
}

/**
 * The fields of a step that went as most do: its one attempt succeeded, it was due since the step before it was settled,
 * and if it is undone by now, then at the first attempt. Snapshots that are stored are read with it: what it says may not
 * change without another version.
 */
function plainFields(node: StepNode, { settled, before, undo }: PlainStep): StepFields {
  const own = ownUndo(node, undo)
  const undone = own === 'compensated' ? 1 : 0
  return {
    status: 'succeeded',
    settled,
    scheduled: before,
    ended: 1,
    sinceResume: 1,
    notBefore: 0,
    first: 0,
    last: 0,
    unknown: 0,
    quietAt: 0,
    undo: own,
    outcome: own === 'none' ? 'unknown' : 'succeeded',
    undoEnded: undone,
    undoSinceResume: undone,
    undoNotBefore: 0,
    undoFirst: 0,
    undoLast: 0,
    round: 1,
    orphan: false,
  }
}

/** A step without a handler that undoes it has nothing to do with the way back. */
function ownUndo(node: StepNode, undo: StepFields['undo']): StepFields['undo'] {
  return node.role === 'compensatable' && node.compensation.type === 'handler' ? undo : 'none'
}

function changeFrom(plain: StepFields, fields: StepFields): StepChange {
  const told = new Map<string, unknown>(Object.entries(plain))
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== told.get(name)),
  )
}
