import type { SeededDraws } from './seeded-draws.ts'

/** Faults of the chaos run. */
export type Fault =
  | { readonly kind: 'kill'; readonly pick: number }
  | { readonly kind: 'freeze'; readonly pick: number }
  | { readonly kind: 'flush' }

/** How many of each kind. */
export const faultCounts = { kill: 30, freeze: 5, flush: 5 } as const

/** All faults in the order of the seed, each with the pause before it. */
export function faultSchedule(
  draws: SeededDraws,
): readonly { readonly fault: Fault; readonly pauseMs: number }[] {
  const pick = (): number => draws.between(0, 1_000)
  const kills = Array.from(
    { length: faultCounts.kill },
    () => ({ kind: 'kill', pick: pick() }) as const,
  )
  const freezes = Array.from(
    { length: faultCounts.freeze },
    () => ({ kind: 'freeze', pick: pick() }) as const,
  )
  const flushes = Array.from({ length: faultCounts.flush }, () => ({ kind: 'flush' }) as const)
  return draws
    .shuffled<Fault>([...kills, ...freezes, ...flushes])
    .map((fault) => ({ fault, pauseMs: draws.between(20, 400) }))
}
