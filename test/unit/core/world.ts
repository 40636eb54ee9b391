import assert from 'node:assert/strict'
import type {
  Command,
  RunAction,
  RunCompensation,
  RunProbe,
} from '../../../packages/engine/src/core/command.ts'
import { decide } from '../../../packages/engine/src/core/decide.ts'
import type {
  FollowingEvent,
  JournalEntry,
  SagaEvent,
} from '../../../packages/engine/src/core/event.ts'
import { foldRest } from '../../../packages/engine/src/core/fold.ts'
import type { Observation } from '../../../packages/engine/src/core/observation.ts'
import type { SequentialPlan } from './plans.ts'
import { isAllOrNothing } from '../../../packages/engine/src/core/plan-steps.ts'
import type { SagaState } from '../../../packages/engine/src/core/state.ts'
import { deepFreeze } from './deep-freeze.ts'
import { asksToCancel, asksToRetry, cannot, computed, reports } from './sights.ts'
import { cancelRequested, failure, lost } from './facts.ts'
import { checkDecision, checkStart, checkTransition } from './invariants.ts'
import { journal, startedAt, stateAfter } from './journals.ts'
import { Ledger } from './ledger.ts'
import { goodWork, type Move, type Work } from './moves.ts'
import { probeVerdict, undoVerdict } from './world-verdicts.ts'

const branch = 'main'
/** How long a handler works on that did not settle: its time, and the grace of five seconds. */
const unsettledMs = 35_000

/** A handler at work, under the claim that started it. */
interface Attempt {
  readonly claimId: string
  readonly command: RunAction | RunProbe | RunCompensation
}

/** A handler that works on though its attempt was given up. */
interface Ghost extends Attempt {
  readonly command: RunAction | RunCompensation
  /** Until then an undo must wait for it. */
  readonly quietAt: number
}

/**
 * One saga in a hostile world: workers that die, handlers that do not settle, results that come late, people who cancel.
 * It does with commands what a worker does, keeps the journal, and checks the invariants after each row.
 */
export class World {
  readonly #plan: SequentialPlan
  readonly #ledger = new Ledger()
  #entries: readonly JournalEntry[] = journal([])
  #state: SagaState
  #now = startedAt
  #dueAt = startedAt
  #claimId: string | null = null
  #claims = 0
  #attempt: Attempt | null = null
  #ghosts: readonly Ghost[] = []

  constructor(plan: SequentialPlan) {
    this.#plan = deepFreeze(plan)
    this.#state = deepFreeze(stateAfter(plan, []))
  }

  get state(): SagaState {
    return this.#state
  }

  /** The journal. */
  get entries(): readonly JournalEntry[] {
    return this.#entries
  }

  /** All events, in order. */
  get events(): readonly SagaEvent[] {
    return this.#entries.flatMap(({ events }) => events)
  }

  /** Lets one thing happen; what cannot happen now, does not. */
  apply(move: Move): void {
    switch (move.type) {
      case 'work':
        return this.#work(move)
      case 'lose':
        return this.#lose()
      case 'cancel':
        return this.#cancel(move.unread)
      case 'retry':
        return this.#outside(asksToRetry)
      case 'wait':
        this.#now += move.ms
        return
      case 'late':
        return this.#late(move.which, move.effect)
    }
  }

  /** From here on nothing goes wrong any more: whoever is still out there reports, and work succeeds until the end. */
  calmDown(): void {
    while (this.#ghosts.length > 0) this.#late(0, true)
    const enough = 10 * (this.#plan.nodes.length + 2)
    for (let turn = 0; turn < enough && this.#isLive(); turn += 1) this.#work(goodWork)
  }

  #isLive(): boolean {
    return this.#state.status === 'running' || this.#state.status === 'compensating'
  }

  #decide(observation: Observation): readonly Command[] {
    const before = this.#state
    const decision = decide(this.#plan, before, deepFreeze(observation))
    checkDecision(before, observation, decision)
    if (decision.events.length > 0) this.#append(decision.events)
    return decision.commands
  }

  #append(events: readonly FollowingEvent[]): void {
    const before = this.#state
    this.#now += 1
    const entry = deepFreeze({ seq: before.seq + 1, at: this.#now, events })
    this.#entries = [...this.#entries, entry]
    this.#state = deepFreeze(foldRest(this.#plan, before, [entry]))
    const { ledger, state, entries } = {
      ledger: this.#ledger,
      state: this.#state,
      entries: this.#entries,
    }
    checkTransition(before, { plan: this.#plan, state, entries, ledger })
  }

  #work(how: Work): void {
    if (this.#attempt !== null) return this.#end(this.#attempt, how)
    if (this.#isLive()) this.#claim(how)
  }

  #claim(how: Work): void {
    if (!how.early) this.#now = Math.max(this.#now, this.#dueAt)
    this.#claimId = this.#newClaim()
    this.#follow(this.#askAgain(this.#claimId, how.open), how)
  }

  #askAgain(claimId: string, isOpen = false): Command | undefined {
    const claimed = { type: 'claimed', branch, claimId, at: this.#now } as const
    return this.#decide(isOpen ? { ...claimed, circuitOpenMs: 2_000 } : claimed)[0]
  }

  #follow(command: Command | undefined, how: Work): void {
    switch (command?.type) {
      case 'complete':
        this.#follow(this.#decide(this.#output(how))[0], goodWork)
        return
      case 'wait':
        this.#handBack(command.delayMs)
        return
      case 'run_action':
      case 'run_probe':
      case 'run_compensation':
        if (command.delayMs > 0 || this.#claimId === null) this.#handBack(command.delayMs)
        else this.#start({ command, claimId: this.#claimId })
        return
      case 'park':
      case 'halt':
      case undefined:
        this.#handBack(0)
        return
      case 'check_signal':
      case 'compute_items':
      case 'compute_choice':
        assert.fail('a plan of steps one after another has neither lists, choices nor waits')
    }
  }

  #output({ verdict }: Work): Observation {
    const at = this.#now
    return verdict === 'unworkable' ? { ...cannot('payload_invalid'), at } : { ...computed(), at }
  }

  #handBack(delayMs: number): void {
    this.#claimId = null
    this.#dueAt = this.#now + delayMs
  }

  #start(attempt: Attempt): void {
    const { step, type } = attempt.command
    this.#attempt = attempt
    checkStart(this.#plan, this.#state, attempt.command)
    if (type === 'run_action') return
    const loud = this.#ghosts.filter(
      ({ command, quietAt }) =>
        command.type === 'run_action' && command.step === step && quietAt > this.#now,
    )
    assert.deepEqual(loud, [], 'an undo, and a probe, wait until their action is quiet')
    if (type === 'run_compensation') this.#ledger.undo(step)
  }

  #end(attempt: Attempt, how: Work): void {
    this.#attempt = null
    const { claimId } = attempt
    const command = this.#decide(this.#verdict(attempt, how))[0]
    // The turn goes on under its claim: what is next has to be announced before it starts.
    const goesOn = command?.type === 'run_action' && command.delayMs === 0
    this.#follow(goesOn ? this.#askAgain(claimId) : command, goodWork)
  }

  #verdict({ command, claimId }: Attempt, how: Work): Observation {
    const { step, attempt } = command
    const ended = { branch, step, attempt, at: this.#now, failure: failure('error') }
    if (command.type === 'run_compensation') return undoVerdict(ended, how)
    if (command.type === 'run_probe')
      return probeVerdict(ended, { how, stands: this.#ledger.stands(step) })
    // Without a success, what a transactional step did is rolled back.
    const effect = how.effect && !isAllOrNothing(this.#plan, step)
    const verdict = this.#takeEffect(step, { ...how, effect })
    const { random } = how
    const quietAfterMs = how.settles ? 0 : unsettledMs
    switch (verdict) {
      case 'success':
        return { ...ended, type: 'action_succeeded', output: step }
      case 'rejection':
        return { ...ended, failure: failure('rejection'), random, type: 'action_rejected' }
      case 'unworkable':
        return { ...cannot('payload_invalid', { step, attempt }), at: this.#now }
      case 'error':
        if (!how.settles) this.#haunt({ command, claimId }, quietAfterMs)
        return { ...ended, random, quietAfterMs, type: 'action_failed' }
    }
  }

  /** What an attempt does to the world; who has taken effect before under the same key does not reject. */
  #takeEffect(step: string, { verdict, effect }: Work): Work['verdict'] {
    if (verdict === 'rejection' && !this.#ledger.wasApplied(step)) {
      const node = this.#plan.nodes.find(({ name }) => name === step)
      const leavesTraces = node?.role === 'compensatable' && node.compensateWhenRejected
      if (leavesTraces && effect) this.#ledger.apply(step)
      return verdict
    }
    if (verdict === 'success' || effect) this.#ledger.apply(step)
    return verdict === 'rejection' ? 'error' : verdict
  }

  #haunt({ claimId, command }: Attempt, forMs: number): void {
    // A probe has no effect, and reports nothing late.
    if (command.type === 'run_probe') return
    // What it does is committed with its verdict or not at all: nobody will ever hear of it.
    if (command.type === 'run_action' && isAllOrNothing(this.#plan, command.step)) return
    this.#ghosts = [...this.#ghosts, { claimId, command, quietAt: this.#now + forMs }]
  }

  #lose(): void {
    if (!this.#isLive()) return
    // A worker may also die between its claim and its first decision: then nothing ran.
    const claimId = this.#claimId ?? this.#newClaim()
    if (this.#attempt !== null) this.#haunt(this.#attempt, unsettledMs)
    this.#attempt = null
    this.#append([lost(claimId)])
    this.#handBack(0)
  }

  #newClaim(): string {
    this.#claims += 1
    return `c${this.#claims}`
  }

  #cancel(unread: boolean): void {
    // Who has not read the journal lately may ask for what would be refused by now.
    if (!unread || !this.#isLive()) return this.#outside(asksToCancel)
    this.#append([cancelRequested])
    this.#dueAt = this.#now
  }

  #outside(asked: typeof asksToCancel | typeof asksToRetry): void {
    const [command] = this.#decide(asked)
    if (command === undefined || !('delayMs' in command)) {
      this.#dueAt = this.#now
      return
    }
    this.#handBack(command.delayMs)
  }

  #late(which: number, effect: boolean): void {
    const ghost = this.#ghosts[which % Math.max(1, this.#ghosts.length)]
    if (ghost === undefined) return
    this.#ghosts = this.#ghosts.filter((other) => other !== ghost)
    const { step, attempt, type } = ghost.command
    const kind = type === 'run_action' ? 'action' : 'compensation'
    if (kind === 'action' && effect) this.#ledger.apply(step)
    const outcome = effect
      ? ({ status: 'succeeded', output: step } as const)
      : ({ status: 'failed', failure: failure('error') } as const)
    this.#decide(reports(step, ghost.claimId, { kind, attempt, outcome }))
  }
}
