import type { TaskHint } from '../ports/task-store.ts'

/** All that a job says. Whatever else is needed is read from Postgres, so that nobody can lie about it. */
export interface HintData {
  readonly sagaId: string
  readonly branch: string
  readonly nonce: string
}

/** A job as BullMQ takes it in bulk. */
export interface HintJob {
  readonly name: string
  readonly data: HintData
  readonly opts: {
    readonly jobId: string
    readonly attempts: number
    readonly removeOnComplete: boolean
    readonly removeOnFail: boolean
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const NONCE = /^[A-Za-z0-9_-]{1,64}$/
const CONTROL_CHARACTER = /\p{Cc}/u
const LONGEST_BRANCH = 255

/**
 * The job of a hint. Its id is the same whenever the same hint is sent, so a job that still waits absorbs its duplicate;
 * nothing is kept when it ends, because BullMQ silently ignores an id that it still has.
 */
export const toJob = ({ sagaId, branch, nonce }: TaskHint): HintJob => ({
  name: 'turn',
  data: { sagaId, branch, nonce },
  opts: {
    jobId: [sagaId, branch, nonce].map(withoutColon).join('.'),
    attempts: 1,
    removeOnComplete: true,
    removeOnFail: true,
  },
})

/**
 * The hint that a job carries, or undefined when it carries none: whoever can write to Redis can write jobs, and an evicted
 * one comes back empty. The queue is the one that it was taken from, whatever the job may say.
 */
export const toHint = (data: unknown, queue: string): TaskHint | undefined => {
  if (typeof data !== 'object' || data === null) return undefined
  if (!('sagaId' in data && 'branch' in data && 'nonce' in data)) return undefined
  const { sagaId, branch, nonce } = data
  if (!isText(sagaId, UUID) || !isText(nonce, NONCE) || !isBranch(branch)) return undefined
  return { sagaId, branch, queue, nonce }
}

const isText = (value: unknown, form: RegExp): value is string =>
  typeof value === 'string' && form.test(value)

const isBranch = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length > 0 &&
  value.length <= LONGEST_BRANCH &&
  value.isWellFormed() &&
  !CONTROL_CHARACTER.test(value)

/** BullMQ refuses ids with a colon: it stands between the parts of its keys. */
const withoutColon = (part: string): string => part.replaceAll('%', '%25').replaceAll(':', '%3A')
