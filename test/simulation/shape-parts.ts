import { garbage, readScript } from './script.ts'

/** What every saga is given: a script of how its participants will behave. The scene draws it; nobody has to check it. */
export const input = {
  '~standard': {
    version: 1,
    vendor: 'simulation',
    validate: (value: unknown) => ({ value }),
  },
} as const

/** The scene puts its own participants in the place of the handlers. */
export const played = (): never => {
  throw new Error('The scene did not take this handler over.')
}

/** The saga's own output, as its script has it. */
export function outputOf(given: unknown): string {
  const { output } = readScript(given)
  if (output === 'throw') throw new Error('There is no output.')
  return output === 'well' ? 'done' : garbage
}

/** A few attempts. */
export const retry = {
  initialInterval: '60ms',
  maximumInterval: '500ms',
  maximumAttempts: 5,
} as const
/** Many. */
export const patient = { ...retry, maximumAttempts: 40 } as const
/** What steps have that say nothing else. */
export const defaults = { timeout: '1200ms', retry } as const
/** How a step is undone. */
const undo = {
  compensation: played,
  compensationOptions: { retry: patient, timeout: '600ms' },
} as const
/** A step that can be undone. */
export const step = { action: played, ...undo }
