import type { SagaEvent } from '@backstep/engine'

import { printable } from './printable.ts'
import { failureAtText } from './saga-text.ts'

/** What changes the branches of a saga, or the way that it goes. */
type ForkEvent = Extract<
  SagaEvent,
  {
    readonly type:
      | 'choice_made'
      | 'fork_began'
      | 'fork_joined'
      | 'branch_failed'
      | 'branch_stopped'
      | 'branch_halted'
      | 'branches_abandoned'
      | 'undo_forked'
      | 'undo_joined'
  }
>

/** The same for what concerns forks and choices. */
export function forkEventText(event: ForkEvent): string {
  switch (event.type) {
    case 'choice_made':
      return `${printable(event.choice)}: ${event.taken ? 'taken' : 'skipped'}`
    case 'fork_began':
      return `${printable(event.fork)}: goes on in branches${itemCount(event.items)}`
    case 'fork_joined':
      return `${printable(event.fork)}: all branches are done`
    case 'branch_failed':
      return `${printable(event.branch)}: failed because of ${failureAtText(event.failure)}; the other branches settle first`
    case 'branch_stopped':
      return `${printable(event.branch)}: settled beside a branch that failed`
    case 'branch_halted':
      return `${printable(event.branch)}: cannot go on, ${event.code}${event.step === null ? '' : ` at ${printable(event.step)}`}; the others go on`
    case 'branches_abandoned':
      return `not waited for: ${paths(event.branches)}`
    case 'undo_forked':
      return `${printable(event.fork)}: its branches are undone side by side`
    case 'undo_joined':
      return `${printable(event.fork)}: all its branches are undone`
  }
}

function itemCount(items: readonly unknown[] | null): string {
  if (items === null) return ''
  return items.length === 1 ? ', one item' : `, one for each of ${items.length} items`
}

/** More paths than this say nothing to a person. */
const shownPaths = 20

function paths(branches: readonly string[]): string {
  const shown = branches.slice(0, shownPaths).map((path) => printable(path))
  const more = branches.length - shown.length
  return `${shown.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}
