import type { SagaDetails, SagaEvent } from '@backstep/engine'

/** What the journal says of forks and choices. */
export interface ForkHistory {
  /** By the name of the fork. */
  readonly forks: ReadonlyMap<string, ForkMarks>
  /** What became of branches that did not simply come to their end, by path. */
  readonly branches: ReadonlyMap<string, 'failed' | 'stopped' | 'abandoned'>
  /** Whether the steps of a choice were taken, by its name. */
  readonly choices: ReadonlyMap<string, boolean>
}

/** How far a fork has come, forward and back. */
export interface ForkMarks {
  readonly forward: 'began' | 'joined'
  readonly backward: 'none' | 'began' | 'joined'
}

/** Reads it. */
export function readForkHistory(journal: SagaDetails['journal']): ForkHistory {
  const forks = new Map<string, ForkMarks>()
  const branches = new Map<string, 'failed' | 'stopped' | 'abandoned'>()
  const choices = new Map<string, boolean>()
  for (const event of journal.flatMap(({ events }) => events)) {
    const marked = marksIn(event)
    if (marked !== null) {
      forks.set(marked.fork, { ...justBegun, ...forks.get(marked.fork), ...marked.marks })
    } else if (event.type === 'branch_failed') branches.set(event.branch, 'failed')
    else if (event.type === 'branch_stopped') branches.set(event.branch, 'stopped')
    else if (event.type === 'choice_made') choices.set(event.choice, event.taken)
    else if (event.type === 'branches_abandoned') {
      for (const path of event.branches) branches.set(path, 'abandoned')
    }
  }
  return { forks, branches, choices }
}

const justBegun: ForkMarks = { forward: 'began', backward: 'none' }

function marksIn(
  event: SagaEvent,
): { readonly fork: string; readonly marks: Partial<ForkMarks> } | null {
  if (event.type === 'fork_began') return { fork: event.fork, marks: { forward: 'began' } }
  if (event.type === 'fork_joined') return { fork: event.fork, marks: { forward: 'joined' } }
  if (event.type === 'undo_forked') return { fork: event.fork, marks: { backward: 'began' } }
  if (event.type === 'undo_joined') return { fork: event.fork, marks: { backward: 'joined' } }
  return null
}
