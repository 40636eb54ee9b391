import type { Claim, TaskHint, TaskStore } from '../ports/task-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import type { Logger } from '../ports/logger.ts'
import { claimUntilAnswered } from './claim-until-answered.ts'
import { expiry } from './expiry.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { LimitedQueues } from './limited-queues.ts'
import type { RememberedSaga } from './saga-memory.ts'
import type { Slots } from './slots.ts'

/** What a sweep works with. */
export interface SweepPorts {
  readonly tasks: Pick<TaskStore, 'takeOver' | 'findOverdue' | 'findUndispatched' | 'claim'>
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly slots: Slots
  readonly queues: readonly string[]
  /** Of queues with limits only what has expired is looked for here. */
  readonly limited: Pick<LimitedQueues, 'names' | 'has' | 'refresh' | 'wakeAll'>
  readonly leaseMs: number
  readonly sweepMs: number
  /** Told whether Postgres answers; knows whether this worker may take anything over. */
  readonly touch: Pick<LeaseKeeper, 'isInTouch' | 'reached' | 'missed'>
  /** Aborted when nobody waits for Postgres any more. */
  readonly signal: AbortSignal
  /** What this process knows of a saga. */
  readonly recall: (sagaId: string) => RememberedSaga | null
  /** Runs a claim in a slot that was taken for it; `known` is what the claim named as that. */
  readonly run: (claim: Claim, sentAtMs: number, known: RememberedSaga | null) => void
  readonly onTakenOver: (claim: Claim) => void
  readonly onRound: () => void
  readonly dispatch: (hints: readonly TaskHint[]) => void
}

const searchLimit = 100

/** So many times its own workers may look for a task before others send its hint again. */
const sweepsOfOthers = 3

/**
 * Looks for work that no hint has brought: lost hints, retries whose time has come, tasks of workers that died. It takes
 * straight from Postgres, and only as much as there are free slots. A worker that is busy waits in front for a slot or two
 * in each round: hints that never leave one free must not keep it from what only a sweep can find.
 */
export async function sweepUntil(ports: SweepPorts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let saturated = false
    try {
      saturated = await sweepOnce(ports, signal)
    } catch (error) {
      ports.touch.missed()
      ports.logger.warn({ err: error }, 'sweep failed')
    }
    ports.onRound()
    await pause(ports, saturated, signal)
  }
}

/** Waits for the next round. With work left over, that is due as soon as a slot is free: perhaps right now. */
async function pause(ports: SweepPorts, saturated: boolean, signal: AbortSignal): Promise<void> {
  if (!saturated) return ports.clock.sleep(jittered(ports), signal)
  if (ports.slots.free > 0) return
  const over = new AbortController()
  const until = AbortSignal.any([signal, over.signal])
  await Promise.race([ports.clock.sleep(jittered(ports), until), ports.slots.change(until)])
  over.abort('a round begins')
}

/** Sweeps of many workers drift apart, so that they do not ask at the same moment. */
function jittered({ sweepMs, clock }: SweepPorts): number {
  return sweepMs * (0.75 + clock.random() * 0.25)
}

/** True when there were free slots, and they were not enough: by now they may be free again. */
async function sweepOnce(ports: SweepPorts, signal: AbortSignal): Promise<boolean> {
  const { touch, clock, slots, limited } = ports
  const busy = slots.free <= 0
  const patience = expiry(clock, ports.sweepMs)
  const until = AbortSignal.any([signal, patience.signal])
  let saturated = false
  await ports.limited.refresh()
  try {
    if (touch.isInTouch()) saturated = await takeOver(ports, until)
    // Told to stop meanwhile: what is claimed now could only be handed back.
    if (!signal.aborted) saturated = (await claimOverdue(ports, until)) || saturated
  } finally {
    patience.cancel()
  }
  const sentAtMs = clock.monotonicMs()
  // The workers of those queues come first: what is found here is hidden from their sweeps for a while.
  const overdueMs = ports.sweepMs * sweepsOfOthers
  const elsewhere = {
    queues: withNames(ports.queues, limited.names),
    limit: searchLimit,
    overdueMs,
  }
  const others = await ports.tasks.findUndispatched(elsewhere)
  touch.reached(sentAtMs)
  if (others.length > 0) ports.dispatch(others)
  limited.wakeAll()
  return !busy && saturated
}

/** Tasks wait in a limited queue because they have to; sending their hints again makes no room, and would hide them. */
function withNames(queues: readonly string[], more: readonly string[]): readonly string[] {
  return more.length === 0 ? queues : [...queues, ...more]
}

function withoutLimits({ queues, limited }: SweepPorts): readonly string[] {
  return limited.names.length === 0 ? queues : queues.filter((queue) => !limited.has(queue))
}

/** True when it took over as many as there was room for: there may be more. */
async function takeOver(ports: SweepPorts, until: AbortSignal): Promise<boolean> {
  const { tasks, clock, leaseMs, queues } = ports
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

/** True when it found as many as there was room for, and was granted some: there may be more. */
async function claimOverdue(ports: SweepPorts, until: AbortSignal): Promise<boolean> {
  const { tasks, ids, leaseMs } = ports
  const queues = withoutLimits(ports)
  if (queues.length === 0) return false
  const reserved = await reserve(ports, until)
  if (reserved === 0) return false
  let sentAtMs = 0
  let found = 0
  const known = new Map<string, RememberedSaga | null>()
  const claims = await settled(ports, reserved, async () => {
    const hints = await tasks.findOverdue({ queues, limit: reserved })
    found = hints.length
    if (found === 0) return []
    const batch = hints.map(({ sagaId, branch, nonce }) => {
      const claimId = ids.unique()
      const recalled = ports.recall(sagaId)
      known.set(claimId, recalled)
      return { sagaId, branch, nonce, claimId, leaseMs, known: recalled?.row ?? null }
    })
    const granted = await claimUntilAnswered(ports, batch)
    sentAtMs = granted.sentAtMs
    return granted.claims
  })
  for (const claim of claims) ports.run(claim, sentAtMs, known.get(claim.claimId) ?? null)
  return found === reserved && claims.length > 0
}

/** Takes free slots before the search, so that hints that come meanwhile cannot be promised the same ones. */
async function reserve({ slots }: SweepPorts, until: AbortSignal): Promise<number> {
  let reserved = (await slots.enterFirst(until)) ? 1 : 0
  while (reserved > 0 && reserved < searchLimit && slots.tryEnter()) reserved += 1
  return reserved
}

/** Gives back the slots that the search did not need; all of them when it failed. */
async function settled(
  { slots }: SweepPorts,
  reserved: number,
  search: () => Promise<readonly Claim[]>,
): Promise<readonly Claim[]> {
  let claims: readonly Claim[] = []
  try {
    claims = await search()
    return claims
  } finally {
    for (let unused = reserved - claims.length; unused > 0; unused -= 1) slots.leave()
  }
}
