import type { JobJson } from 'bullmq'

import type { TaskHint } from '../ports/task-store.ts'

/** All that a job says. Whatever else is needed is read from Postgres, so that nobody can lie about it. */
export interface HintData {
  readonly sagaId: string
  readonly branch: string
  readonly nonce: string
}

/** A job as BullMQ's backends take it. */
export interface HintJob {
  readonly jobId: string
  readonly job: JobJson
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const NONCE = /^[A-Za-z0-9_-]{1,64}$/
const CONTROL_CHARACTER = /\p{Cc}/u
const COLON_OR_PERCENT = /[:%]/
const LONGEST_BRANCH = 255

/**
 * The job of a hint. Its id is the same whenever the same hint is sent, so a job that still waits absorbs its duplicate. It has
 * no options: they would be stored and read with each job, and takers say what is to be kept of jobs, which is nothing,
 * because BullMQ silently ignores an id that it still has. Without a number of attempts there is one.
 */
export const toJob = ({ sagaId, branch, nonce }: TaskHint): HintJob => {
  const jobId = `${withoutColon(sagaId)}.${withoutColon(branch)}.${withoutColon(nonce)}`
  const data: HintData = { sagaId, branch, nonce }
  return { jobId, job: { ...newJob, id: jobId, data: JSON.stringify(data), timestamp: Date.now() } }
}

const newJob = {
  name: 'turn',
  opts: {},
  progress: 0,
  attemptsMade: 0,
  attemptsStarted: 0,
  stalledCounter: 0,
  failedReason: 'null',
  returnvalue: 'null',
} as const

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
const withoutColon = (part: string): string =>
  COLON_OR_PERCENT.test(part) ? part.replaceAll('%', '%25').replaceAll(':', '%3A') : part
