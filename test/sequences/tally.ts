import { shapeNames } from './shapes.ts'
import type { World } from './world.ts'

/** What a run must have seen, or it proves nothing: kinds of events, ends, and what sagas were stuck for. */
const wanted = [
  ...shapeNames.flatMap((name) => [`${name} completed`, `${name} compensated`]),
  'version 2',
  'action_succeeded',
  'action_rejected',
  'action_failed',
  'action_starting',
  'lease_lost',
  'late_result',
  'compensation_began',
  'compensation_succeeded',
  'compensation_failed',
  'fork_began',
  'fork_joined',
  'branch_failed',
  'branch_stopped',
  'branch_halted',
  'undo_forked',
  'slept',
  'signal_received',
  'signal_taken',
  'wait_timed_out',
  'savepoint_reached',
  'cancel_requested',
  'saga_stuck',
  'saga_resumed',
  'stuck: definition_missing',
  'stuck: pivot_outcome_unknown',
  'stuck: retriable_step_exhausted',
  'stuck: compensation_exhausted',
]

/** Counts what has happened in a run. */
export class Tally {
  readonly #counts = new Map<string, number>()

  /** A world whose sagas have ended. */
  add(world: World): void {
    this.#add('sequences')
    this.#add('commands', world.done)
    for (const model of world.models) {
      if (model === null) continue
      const { journal, status } = world.observed(model)
      this.#add('sagas')
      this.#add(`${model.shape.name} ${status}`)
      if (model.shape.definition.plan.version > 1) this.#add('version 2')
      for (const event of journal.flatMap(({ events }) => events)) {
        this.#add(event.type)
        if (event.type === 'saga_stuck') this.#add(`stuck: ${event.code}`)
      }
    }
  }

  count(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  missing(): readonly string[] {
    return wanted.filter((name) => !this.#counts.has(name))
  }

  text(): string {
    return [...this.#counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${String(count).padStart(8)} ${name}`)
      .join('\n')
  }

  #add(name: string, by = 1): void {
    this.#counts.set(name, this.count(name) + by)
  }
}
