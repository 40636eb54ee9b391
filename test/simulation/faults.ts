import type { Draws } from './draws.ts'

/**
 * Everything that can go wrong, and how often it does in a seed that has it: the chance at each opportunity. Those of
 * `happenings` have no such moment: they strike this often in a minute.
 */
const chances = {
  hint_lost: 0.2,
  hint_repeated: 0.2,
  hint_delayed: 0.2,
  hint_forged: 0.15,
  hint_replayed: 0.15,
  queue_away: 0.2,
  consumer_silent: 0.02,
  commit_refused: 0.04,
  reply_lost: 0.04,
  commit_after_error: 0.04,
  slow_call: 0.02,
  half_batch: 0.3,
  row_busy: 0.15,
  key_busy: 0.25,
  sweep_blind: 0.2,
  committed_by_the_dead: 0.5,
  effect_of_the_dead: 0.9,
  transaction_refused: 0.25,
  transaction_unanswered: 0.25,
  transaction_in_doubt: 0.25,
} as const

const happenings = {
  queue_flushed: 25,
  crash: 30,
  freeze: 30,
  shutdown: 12,
  cut_off: 20,
  cancel: 70,
  operator_retry: 40,
  signal: 60,
} as const

/** What the seed's nodes and sagas are like, rather than what befalls them: counted where it is met. */
const traits = [
  'clock_drift',
  'hint_reordered',
  'consumer_deaf',
  'lease_taken_over',
  'old_version_here',
  'handler_rejected',
  'handler_threw',
  'handler_hung',
  'handler_overran',
  'handler_killed',
  'handler_busy',
  'handler_fatal',
  'handler_asked_later',
  'probe_threw',
  'probe_unsure',
  'probe_hung',
  'probe_found_effect',
  'probe_found_none',
  'parked',
  'park_retried',
  'reply_of_effect_lost',
  'output_unstorable',
  'result_late',
  'branch_stopped',
  'branch_halted',
  'branch_abandoned',
  'undone_side_by_side',
  'round_begun',
  'orphan_of_a_round',
  'slept',
  'signal_taken',
  'signal_refused',
  'signal_repeated',
  'signal_invalid',
  'signal_late',
  'signal_early',
  'waited_in_vain',
  'deadline_passed',
  'deadline_behind_pivot',
  'decided_together',
  'leases_lost_together',
  'list_empty',
  'steps_skipped',
  'fell_back',
  'fell_back_at_once',
  'attempt_kept_back',
] as const

type Chance = keyof typeof chances
/** What befalls the world at a time of its own. */
export type Befalling = keyof typeof happenings

/** One kind of fault. Every kind must occur in a run, or the run proves nothing about it. */
export type FaultKind = Chance | Befalling | (typeof traits)[number]

/** All kinds. */
export const faultKinds: readonly FaultKind[] = [
  ...keysOf(chances),
  ...keysOf(happenings),
  ...traits,
]

function keysOf<Key extends string>(record: Readonly<Record<Key, number>>): readonly Key[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- A literal record has the keys that its type says.
  return Object.keys(record) as Key[]
}

/** How often each kind occurred. */
export type FaultCounts = Partial<Record<FaultKind, number>>

/** Which faults a seed has, and how many there were. */
export class Faults {
  readonly counts: FaultCounts = {}
  readonly #draws: Draws
  readonly #chances = new Map<Chance, number>()
  readonly #perMinute = new Map<Befalling, number>()
  #over = false

  /** @param isCalm a seed without any fault of the world */
  constructor(draws: Draws, isCalm: boolean) {
    this.#draws = draws
    const share = draws.pick([0.2, 0.5, 0.8])
    for (const kind of keysOf(chances)) {
      const strength = 0.3 + draws.next() * 1.4
      if (!isCalm && draws.chance(share)) this.#chances.set(kind, chances[kind] * strength)
    }
    for (const kind of keysOf(happenings)) {
      const strength = 0.3 + draws.next() * 1.4
      if (!isCalm && draws.chance(share)) this.#perMinute.set(kind, happenings[kind] * strength)
    }
  }

  /** Whether the fault happens at this opportunity; if so, it is counted. */
  strikes(kind: Chance): boolean {
    const chance = this.#over ? 0 : (this.#chances.get(kind) ?? 0)
    if (chance === 0 || !this.#draws.chance(chance)) return false
    this.count(kind)
    return true
  }

  /** When it befalls the world next, in milliseconds from now; null when it does not. */
  nextIn(kind: Befalling): number | null {
    const perMinute = this.#perMinute.get(kind)
    if (perMinute === undefined) return null
    return Math.ceil((-Math.log(1 - this.#draws.next()) * 60_000) / perMinute)
  }

  /** It has happened. */
  count(kind: FaultKind): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1
  }

  /** From here on the world does no harm. */
  heal(): void {
    this.#over = true
  }

  /** Whether it does no harm any more. */
  get areOver(): boolean {
    return this.#over
  }
}

/** All that can befall the world. */
export const befallings: readonly Befalling[] = keysOf(happenings)
