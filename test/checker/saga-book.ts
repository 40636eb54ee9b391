import type {
  Command,
  RunAction,
  RunCompensation,
  RunProbe,
} from '../../packages/engine/src/core/command.ts'
import type { FollowingEvent } from '../../packages/engine/src/core/event.ts'
import { begin } from '../../packages/engine/src/core/evolve.ts'
import type { Observation } from '../../packages/engine/src/core/observation.ts'
import type { Plan, StepNode } from '../../packages/engine/src/core/plan.ts'
import type { SagaDecision } from '../../packages/engine/src/core/saga-decision.ts'
import type { SagaState } from '../../packages/engine/src/core/state.ts'
import type { StuckCode } from '../../packages/engine/src/core/stuck.ts'
import {
  abstractText,
  afterWaiting,
  now,
  stateOfText,
  waits,
  type Abstraction,
  type Wait,
} from './abstract-state.ts'
import { stepsOf } from './plan-steps.ts'
import { poisonousDeaths, type Shape } from './shape.ts'
import type { OwnDecision } from './own-decision.ts'
import { brokenByRow } from './row-invariants.ts'
import { shippedRules, type Rules } from './rules.ts'
import { computedFor, formerClaim, heldClaim, toCompute, type Work } from './work.ts'

/** A command to run what a checked plan has. */
type RunCommand = RunAction | RunProbe | RunCompensation

const kinds = {
  run_action: 'action',
  run_probe: 'probe',
  run_compensation: 'compensation',
} as const

/** One journal row to be: what is decided, and what comes of it. */
export interface Row {
  readonly events: readonly FollowingEvent[]
  readonly commands: readonly Command[]
  readonly refusal: string | null
  /** The state behind the row, by its number. */
  readonly next: number
  /** The decisions in it, where it has several. */
  readonly parts: readonly OwnDecision[]
  /** The invariant that the row breaks by itself. */
  readonly broken: string | null
}

/**
 * Every saga state that was met, each once, and every decision that was made on one. The core is pure: it is asked once
 * for each question, however many worlds ask it.
 */
export class SagaBook {
  readonly shape: Shape
  readonly rules: Rules
  readonly first: number
  readonly #abstraction: Abstraction
  readonly #states: SagaState[] = []
  readonly #ids = new Map<string, number>()
  readonly #rows = new Map<string, Row>()
  readonly #met = new Set<string>()
  readonly #waited = new Map<number, number>()
  readonly #works = new Map<string, Work>()
  readonly #workById: Work[] = []

  constructor(shape: Shape, rules: Rules, abstraction: Abstraction) {
    this.shape = shape
    this.rules = rules
    this.#abstraction = abstraction
    const { name, version } = shape.plan
    const started = { type: 'saga_started', name, version, key: null, input: null } as const
    this.first = this.number(begin(shape.plan, 'saga', started, { seq: 1, at: now }))
  }

  get plan(): Plan {
    return this.shape.plan
  }

  /** The state of a number. */
  state(id: number): SagaState {
    const state = this.#states[id]
    if (state === undefined) throw new RangeError(`There is no state ${id}.`)
    return state
  }

  /** The number of a state, or of one that goes on alike. */
  number(state: SagaState): number {
    return this.#numberOfText(abstractText(state, this.#abstraction))
  }

  /** What is decided on a state, and the row that it makes. */
  row(before: number, name: string, decided: (state: SagaState) => Decided): Row {
    const key = `${before} ${name}`
    const known = this.#rows.get(key)
    if (known !== undefined) return known
    const row = this.#makeRow(before, decided)
    this.#rows.set(key, row)
    return row
  }

  /** The kinds of events that some row has, the codes that some saga is stuck with, and those that it was resumed from. */
  met(): ReadonlySet<string> {
    return this.#met
  }

  /** The state after a time in which nothing happens. */
  waited(id: number, wait: Wait): number {
    const key = id * waits.length + waits.indexOf(wait)
    const known = this.#waited.get(key)
    if (known !== undefined) return known
    const later = this.number(afterWaiting(this.state(id), wait))
    this.#waited.set(key, later)
    return later
  }

  /** The state once the claim that a branch was held under is given up: a start that it wrote is not the next one's. */
  givenUp(id: number, branch: string): number {
    const state = this.state(id)
    const held = state.branches[branch]
    if (held?.startingClaimId !== heldClaim) return id
    const branches = { ...state.branches, [branch]: { ...held, startingClaimId: formerClaim } }
    return this.number({ ...state, branches })
  }

  /** The work that a command asks for. */
  work(command: RunCommand): Work {
    const { branch, step, attempt } = command
    const kind = kinds[command.type]
    const round = command.type === 'run_compensation' ? command.round : 1
    const isFallback = command.type === 'run_action' && command.via === 'fallback'
    const key = `${branch} ${kind} ${step} ${attempt} ${round} ${isFallback}`
    const known = this.#works.get(key)
    if (known !== undefined) return known
    const id = this.#works.size + 1
    const work = { id, branch, kind, step, attempt, round, isFallback } as const
    this.#works.set(key, work)
    this.#workById[work.id] = work
    return work
  }

  #numberOfText(text: string): number {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const id = this.#states.length
    this.#states.push(stateOfText(text))
    this.#ids.set(text, id)
    return id
  }

  #makeRow(id: number, decided: (state: SagaState) => Decided): Row {
    const before = this.state(id)
    try {
      const { decision, observation, parts = [] } = decided(before)
      const { events, commands, refusal } = decision
      const entry = { seq: before.seq + 1, at: now, events }
      const after = this.rules.foldRest(this.plan, before, [entry])
      for (const event of events) for (const fact of factsOf(before, event)) this.#met.add(fact)
      const broken =
        parts.length === 0
          ? brokenByRow(this.shape, { before, after, decision, observation })
          : this.#brokenByParts(before, parts)
      // A row without events is none: what there is to do is done under the state that there is.
      const next = events.length === 0 ? id : this.number(after)
      return { events, commands, refusal, next, parts: parts.map(ownDecision), broken }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const broken = `the core cannot decide: ${error.message}`
      return { events: [], commands: [], refusal: null, next: id, parts: [], broken }
    }
  }

  /** Each decision of a row holds by itself, made on what those before it have led to. */
  #brokenByParts(first: SagaState, parts: readonly PartDecided[]): string | null {
    let before = first
    for (const { decision, observation } of parts) {
      const entry = { seq: first.seq + 1, at: now, events: decision.events }
      const after = this.rules.foldRest(this.plan, before, [entry])
      const broken = brokenByRow(this.shape, { before, after, decision, observation })
      if (broken !== null) return broken
      before = after
    }
    return null
  }
}

function ownDecision({ branch, decision: { events, commands } }: PartDecided): OwnDecision {
  return { branch, events, commands }
}

function factsOf(before: SagaState, event: FollowingEvent): readonly string[] {
  const { type } = event
  if (type === 'saga_stuck') return [type, event.code]
  return type === 'saga_resumed' && before.status === 'stuck'
    ? [type, resumedFrom(before.stuck.code)]
    : [type]
}

/** What is met where an operator has set a saga going that was stuck with this code. */
export function resumedFrom(code: StuckCode): string {
  return `${code} → resumed`
}

/** A book of a shape that leaves out what the rules cannot tell. */
export function bookOf(shape: Shape, rules: Rules): SagaBook {
  const { crash = 0, expiry = 0 } = shape.budget
  const countsDeaths = crash + expiry >= poisonousDeaths
  const keepsCounts = rules !== shippedRules
  const keepsRejections = stepsOf(shape.plan).some(readsRejections)
  return new SagaBook(shape, rules, { countsDeaths, keepsCounts, keepsRejections })
}

/** A step that is tried again after a rejection may leave behind what the rejection did. */
function readsRejections(step: StepNode): boolean {
  return step.role === 'compensatable' && step.compensateWhenRejected && step.onFailure === 'park'
}

/** A decision, and what it was made on; an outsider's row may have no observation. */
export interface Decided {
  readonly decision: SagaDecision
  readonly observation: Observation | null
  /** The decisions that make it up, one after the other, where there are several. */
  readonly parts?: readonly PartDecided[]
}

/** One of several decisions in a row, and the branch that it is on. */
export interface PartDecided extends Omit<Decided, 'parts'> {
  readonly branch: string
}

/**
 * Follows a decision as far as a turn does in one row: what the definition's own functions compute, and the start of a step
 * that must be announced. Without `goesOn` the turn ends here, and its task passes on; so it does where the decision sets
 * other branches to work.
 */
export function followed(
  { plan, rules, shape }: Pick<SagaBook, 'plan' | 'rules' | 'shape'>,
  state: SagaState,
  asked: { readonly observation: Observation; readonly branch: string; readonly goesOn: boolean },
): Decided {
  const { observation, branch, goesOn } = asked
  const foreseen = (events: readonly FollowingEvent[]): SagaState =>
    rules.foldRest(plan, state, [{ seq: state.seq, at: state.startedAt, events }])
  let decision = rules.decide(plan, state, observation)
  let last = observation
  let command = toCompute(decision.commands)
  while (command !== null) {
    last = computedFor(command, shape.takesChoices)
    const done = rules.decide(plan, foreseen(decision.events), last)
    decision = { ...done, events: [...decision.events, ...done.events] }
    command = toCompute(decision.commands)
  }
  if (!goesOn || !staysOn(decision, branch) || last.type === 'claimed') {
    return { decision, observation }
  }
  const claim = { type: 'claimed', branch, claimId: heldClaim, at: now } as const
  const again = rules.decide(plan, foreseen(decision.events), claim)
  return { decision: { ...again, events: [...decision.events, ...again.events] }, observation }
}

/** Whether a decision has something to be run at once, and nothing for anybody else. */
function staysOn({ commands }: SagaDecision, branch: string): boolean {
  const own = commands.find((command) => command.branch === branch)
  if (own === undefined || !('delayMs' in own) || own.delayMs > 0) return false
  return commands.every((command) => command === own || command.type === 'halt')
}
