import type { Claim, TaskHint, TaskStore } from '../ports/task-store.ts'
import { claimDue, reserve, searchLimit, settled, type DirectClaimPorts } from './direct-claim.ts'
import { expiry } from './expiry.ts'
import type { HintIntake } from './hint-intake.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { LimitedQueues } from './limited-queues.ts'
import type { PausesHere } from './pauses-here.ts'

/** What a sweep works with. */
export interface SweepPorts extends DirectClaimPorts {
  readonly tasks: Pick<TaskStore, 'takeOver' | 'findOverdue' | 'findUndispatched' | 'claim'>
  readonly queues: readonly string[]
  /** Of queues with limits only what has expired is looked for here. */
  readonly limited: Pick<LimitedQueues, 'names' | 'has' | 'refresh' | 'wakeAll'>
  /** What is paused as a whole. */
  readonly pauses: Pick<PausesHere, 'refresh' | 'holdsQueue'>
  readonly sweepMs: number
  /** How long tasks are left to the queue: not at all while hints cannot be relied on. */
  readonly graceMs: number
  /** Told whether Postgres answers; knows whether this worker may take anything over. */
  readonly touch: Pick<LeaseKeeper, 'isInTouch' | 'reached' | 'missed'>
  /** Knows whether hints can be relied on. */
  readonly intake: Pick<HintIntake, 'isDegraded' | 'change'>
  /** Whether hints can be sent. */
  readonly canSend: () => boolean
  readonly onTakenOver: (claim: Claim) => void
  readonly onRound: () => void
  readonly dispatch: (hints: readonly TaskHint[]) => void
}

/** So many times its own workers may look for a task before others send its hint again. */
const sweepsOfOthers = 3

/** The pauses between two searches that find nothing, when searches are all there is; half to all of it. */
const shortestDirectPauseMs = 20
const longestDirectPauseMs = 250

/**
 * Looks for work that no hint has brought: lost hints, retries whose time has come, tasks of workers that died. It takes
 * straight from Postgres, and only as much as there are free slots. A worker that is busy waits in front for a slot or two
 * in each round: hints that never leave one free must not keep it from what only a sweep can find.
 *
 * While hints cannot be relied on, it looks for tasks between two rounds, too: again at once while it finds some, else
 * after a short pause, and without leaving any to the queue.
 */
export async function sweepUntil(ports: SweepPorts, signal: AbortSignal): Promise<void> {
  const direct: DirectTime = { signal, endsAtMs: 0 }
  while (!signal.aborted) {
    let saturated = false
    let failed = false
    try {
      saturated = await sweepOnce(ports, signal)
    } catch (error) {
      failed = true
      ports.touch.missed()
      ports.logger.warn({ err: error }, 'sweep failed')
    }
    ports.onRound()
    if (!failed && isDirect(ports, direct)) await lookMeanwhile(ports, direct)
    else await pause(ports, saturated, signal)
  }
}

/** Waits for the next round. With work left over, that is due as soon as a slot is free: perhaps right now. */
async function pause(ports: SweepPorts, saturated: boolean, signal: AbortSignal): Promise<void> {
  if (saturated && ports.slots.free > 0) return
  const over = new AbortController()
  const until = AbortSignal.any([signal, over.signal])
  const waits = [ports.clock.sleep(jittered(ports), until), ports.intake.change(until)]
  if (saturated) waits.push(ports.slots.change(until))
  await Promise.race(waits)
  over.abort('a round begins')
}

/** Sweeps of many workers drift apart, so that they do not ask at the same moment. */
function jittered({ sweepMs, clock }: SweepPorts): number {
  return sweepMs * (0.75 + clock.random() * 0.25)
}

/**
 * Takes the place of the pause between two rounds: looks again at once while there is something, else after a pause that
 * doubles. Ends early when Postgres fails: then nothing is to be hurried.
 */
async function lookMeanwhile(ports: SweepPorts, direct: DirectTime): Promise<void> {
  const { clock, limited, intake, logger, graceMs } = ports
  const round = expiry(clock, jittered(ports))
  const until = AbortSignal.any([direct.signal, round.signal])
  let pauseMs = shortestDirectPauseMs
  try {
    while (!until.aborted && isDirect(ports, direct)) {
      const earlyMs = intake.isDegraded ? graceMs : 0
      limited.wakeAll()
      const queues = withoutLimits(ports)
      const { claimed } = await claimDue(ports, { queues, earlyMs, until })
      pauseMs = claimed > 0 ? shortestDirectPauseMs : Math.min(2 * pauseMs, longestDirectPauseMs)
      if (claimed === 0) await clock.sleep(pauseMs * (0.5 + clock.random() * 0.5), until)
    }
  } catch (error) {
    logger.warn({ err: error }, 'sweep failed')
    await pause(ports, false, until)
  } finally {
    round.cancel()
  }
}

/** Until when tasks are looked for between two rounds. */
interface DirectTime {
  readonly signal: AbortSignal
  endsAtMs: number
}

/** So long as hints cannot be relied on, and a little longer: others may still make tasks without sending their hints. */
function isDirect({ clock, intake, graceMs }: SweepPorts, direct: DirectTime): boolean {
  if (intake.isDegraded) direct.endsAtMs = clock.monotonicMs() + graceMs
  return clock.monotonicMs() < direct.endsAtMs
}

/** True when there were free slots, and they were not enough: by now they may be free again. */
async function sweepOnce(ports: SweepPorts, signal: AbortSignal): Promise<boolean> {
  const { touch, clock, slots, limited, pauses } = ports
  await pauses.refresh()
  const busy = slots.free <= 0
  const patience = expiry(clock, ports.sweepMs)
  const until = AbortSignal.any([signal, patience.signal])
  let saturated = false
  await ports.limited.refresh()
  try {
    if (touch.isInTouch()) saturated = await takeOver(ports, until)
    // Told to stop meanwhile: what is claimed now could only be handed back.
    if (!signal.aborted) {
      const search = { queues: withoutLimits(ports), earlyMs: 0, until }
      const { claimed, isFull } = await claimDue(ports, search)
      saturated = (isFull && claimed > 0) || saturated
    }
  } finally {
    patience.cancel()
  }
  const sentAtMs = clock.monotonicMs()
  // The workers of those queues come first: what is found here is hidden from their sweeps for a while. Without a way to send
  // hints nothing is to be found; the question is asked all the same, to hear whether Postgres answers.
  const limit = ports.canSend() ? searchLimit : 0
  const overdueMs = ports.sweepMs * sweepsOfOthers
  const queues = withNames(ports.queues, limited.names)
  const others = await ports.tasks.findUndispatched({ queues, limit, overdueMs })
  touch.reached(sentAtMs)
  if (others.length > 0) ports.dispatch(others)
  limited.wakeAll()
  return !busy && saturated
}

/** Tasks wait in a limited queue because they have to; sending their hints again makes no room, and would hide them. */
function withNames(queues: readonly string[], more: readonly string[]): readonly string[] {
  return more.length === 0 ? queues : [...queues, ...more]
}

function withoutLimits(ports: SweepPorts): readonly string[] {
  const { limited } = ports
  const queues = servedQueues(ports)
  return limited.names.length === 0 ? queues : queues.filter((queue) => !limited.has(queue))
}

/** True when it took over as many as there was room for: there may be more. */
async function takeOver(ports: SweepPorts, until: AbortSignal): Promise<boolean> {
  const { tasks, clock, leaseMs } = ports
  const queues = servedQueues(ports)
  const reserved = await reserve(ports, until)
  if (reserved === 0) return false
  const sentAtMs = clock.monotonicMs()
  const claims = await settled(ports, reserved, () =>
    tasks.takeOver({ queues, limit: reserved, leaseMs }),
  )
  for (const claim of claims) {
    ports.onTakenOver(claim)
    ports.run(claim, sentAtMs, null)
  }
  return claims.length === reserved
}

/** Tasks of paused queues are left alone, whoever held them. */
function servedQueues({ queues, pauses }: SweepPorts): readonly string[] {
  return queues.filter((queue) => !pauses.holdsQueue(queue))
}
