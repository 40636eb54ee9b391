/**
 * Every code that a BackstepError may carry, with what it tells the caller. Codes are stable: programs branch on them,
 * messages are for people and may change.
 */
export const errorCodes = {
  BARRIER_CONTEXT_INVALID: 'A barrier was not told which action or compensation it is for.',
  BARRIER_EFFECT_MISSING:
    'A compensation is to undo an action that succeeded, and the barrier has no trace of it.',
  CONFIGURATION_INVALID: 'A setting is missing or cannot be used.',
  DATABASE_NOT_MIGRATED: 'The schema is missing or older than this package.',
  DATABASE_UNAVAILABLE: 'Postgres could not be reached; nothing is known to have been written.',
  DEFINITION_CHANGED:
    'A saga definition was registered again under the same version with another plan.',
  DEFINITION_INVALID: 'A saga definition breaks a rule of the builder.',
  DEFINITION_NOT_FOUND: 'No saga definition of this name and version is known.',
  DURATION_INVALID: 'A text is not a duration such as "1h30m".',
  ID_INVALID: 'An id, a key or a name is empty, too long or has characters that cannot be stored.',
  INPUT_INVALID: "The input does not satisfy the saga definition's schema.",
  KEY_CONFLICT: 'A saga with this key exists and was started with another input.',
  MIGRATION_CHANGED: 'A migration that was applied earlier reads differently now.',
  OVERLOADED: 'More requests wait in this process than it takes; nothing was written.',
  PAYLOAD_INVALID: 'A value cannot be stored as JSON without loss, or is too large or too deep.',
  QUEUE_UNAVAILABLE: 'Hints could not be sent in time; the sweep finds their tasks.',
  RESULT_TIMEOUT: 'The saga had not ended when the time to wait was over.',
  SAGA_NOT_FOUND: 'No saga has this id.',
  SIGNAL_INVALID: 'A signal brings what the schema of its wait refuses; nothing was sent.',
  SIGNAL_UNKNOWN: 'The saga has no wait of this name; nothing was sent.',
  VERB_REFUSED: 'What was asked is not allowed in the state that the saga is in; nothing changed.',
  WORKER_STOPPED: 'The worker or the client is shut down.',
} as const

/** A stable error code; `errorCodes` says what each one means. */
export type ErrorCode = keyof typeof errorCodes
