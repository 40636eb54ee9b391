import type { Failure } from './failure.ts'

/** After this many leases lost in a row, a step runs with nothing else beside it. */
const deathsBeforeIsolation = 2

/** This many more, alone, prove that the step itself kills its worker. */
const deathsInIsolation = 3

/** Whether a step must run alone: it may be the one that kills, and its neighbors shall not die with it. */
export function isIsolated(deaths: number): boolean {
  return deaths >= deathsBeforeIsolation
}

/** Whether a step has been proven to kill its worker. */
export function isPoison(deaths: number): boolean {
  return deaths >= deathsBeforeIsolation + deathsInIsolation
}

/** What an operator reads of a step that kills its worker; without a step it was the computing of the output. */
export function poisonFailure(step: string | null, deaths: number): Failure {
  const work = step === null ? 'computed the output' : `ran "${step}"`
  return {
    kind: 'lease_lost',
    code: 'poison_task',
    message: `Workers were lost ${deaths} times in a row while they ${work}, the last ${deathsInIsolation} times with nothing beside it.`,
  }
}
