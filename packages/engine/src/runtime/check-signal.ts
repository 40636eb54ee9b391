import type { CheckSignal } from '../core/command.ts'
import { copyJson, type JsonValue } from '../core/json.ts'
import type { SignalChecked } from '../core/observation.ts'
import { checkPayload } from '../core/payload.ts'
import { sanitizeText } from '../core/sanitize-text.ts'
import { checkSchema } from '../definition/check-schema.ts'
import type { RegisteredSaga } from '../definition/saga-definition.ts'
import type { Clock } from '../ports/clock.ts'
import { thrownFailure } from './to-failure.ts'
import { withinLimit } from './within-limit.ts'

/** Whose schema it is, and how long that may take. */
interface SignalChecking {
  readonly saga: RegisteredSaga
  readonly clock: Clock
  readonly now: () => number
}

/**
 * Checks what a signal brought. What its schema refuses, or cannot check, is recorded and waited on: a slip of whoever sent
 * it must not stop the saga.
 */
export async function checkSignal(
  { saga, clock, now }: SignalChecking,
  { branch, wait, signalId, payload }: CheckSignal,
): Promise<SignalChecked> {
  const seen = { type: 'signal_checked', branch, wait, signalId } as const
  try {
    const checked = await withinLimit(clock, checkSignalPayload(saga, wait, payload))
    return checked.accepted
      ? { ...seen, at: now(), accepted: true, value: checked.value }
      : { ...seen, at: now(), accepted: false, problem: sanitizeText(checked.problem) }
  } catch (error) {
    return { ...seen, at: now(), accepted: false, problem: thrownFailure(error, null).message }
  }
}

/** What a schema made of a payload, or what it has against it. */
export type CheckedPayload =
  | { readonly accepted: true; readonly value: JsonValue }
  | { readonly accepted: false; readonly problem: string }

/** Rejects with what the schema throws, or when what it made of the payload cannot be stored. */
export async function checkSignalPayload(
  { signals }: RegisteredSaga,
  wait: string,
  payload: JsonValue,
): Promise<CheckedPayload> {
  const schema = signals.get(wait)
  if (schema === undefined) return { accepted: true, value: payload }
  const checked = await checkSchema(schema, copyJson(payload))
  if (!checked.valid) return { accepted: false, problem: checked.problem }
  return { accepted: true, value: checkPayload(checked.value, `The signal "${wait}"`).value }
}
