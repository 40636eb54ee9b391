import { settled, type ClockedEngine } from './clocked-engine.ts'

export const breaker = { consecutiveFailures: 2, halfOpenAfter: '10s' } as const
export const retry = { initialInterval: '1s', backoffCoefficient: 1, jitter: 'none' } as const
export const tuning = { sweep: '1s', abortGrace: '1s' } as const

/** A participant that answers, or does not. */
export class Participant {
  calls = 0
  answers = false

  readonly call = (): { readonly id: number } => {
    this.calls += 1
    if (!this.answers) throw new Error('no answer')
    return { id: this.calls }
  }
}

/** Lets so many seconds pass, one by one: each is a sweep. */
export async function seconds({ clock }: ClockedEngine, count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += 1) {
    await settled()
    await clock.advance(1_000)
    await settled()
  }
}
