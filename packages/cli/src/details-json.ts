import type { JournalEntry, PlanNode, SagaDetails, SagaEvent, TaskRow } from '@backstep/engine'

import { nextMove } from './next-move.ts'
import { sagaJson } from './saga-json.ts'
import { reportSteps, type StepReport } from './step-report.ts'
import { taskStatus } from './task-text.ts'
import { isoTime } from './time-text.ts'

/** What `show --json` prints; docs/cli.md holds the shape. */
export function detailsJson(
  details: SagaDetails,
  { now, payloads }: { readonly now: number; readonly payloads: boolean },
): unknown {
  const { saga, state, journal, tasks } = details
  return {
    ...sagaJson(saga),
    seq: state.seq,
    legal: details.legal,
    ...(payloads ? { input: state.input, output: saga.output, items: state.items } : {}),
    stuckSince: state.status === 'stuck' ? isoTime(state.stuck.since) : null,
    direction: state.status === 'stuck' ? state.stuck.direction : null,
    savepoints: details.plan.nodes.flatMap((node) => savepointJson(state, node)),
    steps: reportSteps(details).map((step) => stepJson(step)),
    tasks: tasks.map((task) => taskJson(task, now)),
    journal: journal.map((entry) => entryJson(entry, payloads)),
    next: nextMove(details, now),
  }
}

function savepointJson(
  { savepoints }: SagaDetails['state'],
  node: PlanNode,
): readonly {
  readonly savepoint: string
  readonly round: number
  readonly maximumRounds: number
}[] {
  if (node.type !== 'savepoint') return []
  const { name: savepoint, maximumRounds } = node
  return [{ savepoint, round: savepoints[savepoint] ?? 1, maximumRounds }]
}

function stepJson({ lastAt, halt, ...step }: StepReport): unknown {
  const halted = halt?.code ?? null
  return { ...step, halted, lastAt: lastAt === null ? null : isoTime(lastAt) }
}

function taskJson(task: TaskRow, now: number): unknown {
  const { branch, queue, runAt, leaseUntil, deliveries } = task
  return {
    branch,
    queue,
    status: taskStatus(task, now),
    runAt: isoTime(runAt),
    leaseUntil: leaseUntil === null ? null : isoTime(leaseUntil),
    deliveries,
  }
}

function entryJson({ seq, at, events }: JournalEntry, payloads: boolean): unknown {
  return { seq, at: isoTime(at), events: payloads ? events : events.map(withoutPayload) }
}

/** Inputs, outputs and lists are the business of the participants; ids and what went wrong are an operator's. */
function withoutPayload(event: SagaEvent): unknown {
  if (event.type === 'late_result' && event.outcome.status === 'succeeded') {
    return { ...event, outcome: { status: event.outcome.status } }
  }
  if (event.type === 'fork_began' && event.items !== null) {
    return { ...event, items: event.items.length }
  }
  if (event.type === 'operator_acted' && event.verb === 'edit') {
    const { before, after, ...audit } = event
    void before
    void after
    return audit
  }
  const { input, output, ...rest } = { input: undefined, output: undefined, ...event }
  void input
  void output
  return rest
}
