import type { BarrierContext } from './barrier-context.ts'
import { barrierContextInvalid, shown } from './barrier-context-invalid.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const control = /\p{Cc}/u
const maximumStepBytes = 255
const maximumBranchBytes = 1_024
const maximumRound = 2_147_483_647

/**
 * Reads a context that came over the wire, once it is parsed from JSON. Takes what it needs and leaves the rest out.
 *
 * @throws BackstepError `BARRIER_CONTEXT_INVALID`, which names the first field that cannot be used and its value
 */
export function parseBarrierContext(value: unknown): BarrierContext {
  if (!isRecord(value)) throw barrierContextInvalid(`is ${shown(value)} and must be an object`)
  const basics = {
    sagaId: readSagaId(value['sagaId']),
    branch: readText('branch', value['branch'], maximumBranchBytes),
    step: readText('step', value['step'], maximumStepBytes),
    round: readRound('round', value['round']),
  }
  const kind = readOneOf('kind', value['kind'], ['action', 'compensation'])
  if (kind === 'action') return { ...basics, kind }
  return {
    ...basics,
    kind,
    actionRound: readRound('actionRound', value['actionRound']),
    outcome: readOneOf('outcome', value['outcome'], ['succeeded', 'unknown']),
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readSagaId(value: unknown): string {
  if (typeof value === 'string' && uuid.test(value)) return value.toLowerCase()
  throw unusable('sagaId', value, 'must be a UUID')
}

function readText(field: string, value: unknown, maximumBytes: number): string {
  if (typeof value !== 'string' || value === '') throw unusable(field, value, 'must be a text')
  if (Buffer.byteLength(value) > maximumBytes) {
    throw unusable(field, value, `may have ${maximumBytes} bytes`)
  }
  if (control.test(value) || !value.isWellFormed()) {
    throw unusable(field, value, 'must have no control characters and no halves of surrogate pairs')
  }
  return value
}

function readRound(field: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maximumRound) {
    return value
  }
  throw unusable(field, value, `must be a whole number from 1 to ${maximumRound}`)
}

function readOneOf<Choice extends string>(
  field: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((one) => one === value)
  if (choice !== undefined) return choice
  throw unusable(field, value, `must be ${choices.map((one) => `"${one}"`).join(' or ')}`)
}

function unusable(field: string, value: unknown, rule: string): Error {
  return barrierContextInvalid(`has ${shown(value)} as its "${field}", which ${rule}`)
}
