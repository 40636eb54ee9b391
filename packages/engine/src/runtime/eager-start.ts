import { isBackstepError } from '../core/backstep-error.ts'
import type { StartRecord } from '../ports/saga-store.ts'
import type { TaskHint } from '../ports/task-store.ts'
import type { Seat } from './local-workers.ts'
import { makeSaga, type AnsweredStart, type SettledStart } from './make-saga.ts'
import type { SharedParts } from './shared-parts.ts'

/** A saga that is to be made, whoever will take its first turn. */
export type SagaDraft = Omit<StartRecord, 'claim'>

/**
 * Makes a saga, and has its first turn run: by a worker of this process that has a place for it, else by whoever gets the
 * hint. The place is taken before, so that the task is born with the claim of its holder.
 *
 * @throws BackstepError as `makeSaga` does
 */
export async function startHere(
  { engine, locals, hints }: Pick<SharedParts, 'engine' | 'locals' | 'hints'>,
  draft: SagaDraft,
): Promise<SettledStart> {
  const { name, version } = draft.event
  let seat = locals.seat({ name, version, queue: draft.task.queue })
  // A place is not for waiting: others have work for it.
  const onBusy = (): void => {
    seat?.leave()
    seat = null
  }
  const record = (): StartRecord => ({ ...draft, claim: seat?.claim ?? null })
  try {
    const made = await makeSaga(engine, { record, transaction: undefined, onBusy })
    if (seat !== null) fill(seat, draft, made)
    else if (isOurs(draft, made.result)) hints.send([hintOf(draft)])
    return made.result
  } catch (error) {
    // It may have been made all the same: then its task waits for the holder that it was born with.
    if (isBackstepError(error, 'DATABASE_UNAVAILABLE')) seat?.claimAgain(hintOf(draft))
    else seat?.leave()
    throw error
  }
}

/** The hint to a saga's first task. */
export function hintOf({ sagaId, task }: SagaDraft): TaskHint {
  const { branch, queue, nonce } = task
  return { sagaId, branch, queue, nonce }
}

/** Runs the first turn in the place that was taken for it, if this start has made the saga; else gives the place back. */
function fill(seat: Seat, draft: SagaDraft, { result, sentAtMs }: AnsweredStart): void {
  const hint = hintOf(draft)
  if (result.status === 'started') {
    const { appendId, event } = draft
    seat.take({ hint, entry: { seq: 1, at: result.at, events: [event], appendId }, sentAtMs })
  } else if (isOurs(draft, result)) {
    seat.claimAgain(hint)
  } else {
    seat.leave()
  }
}

/** Made by this start; perhaps by a try whose reply was lost. */
function isOurs({ sagaId }: SagaDraft, result: SettledStart): boolean {
  return result.sagaId === sagaId
}
