import type { HeldClaim } from './held-claim.ts'
import type { TurnPorts } from './turn-ports.ts'
import { untilAnswered } from './until-answered.ts'

type HandBackPorts = Pick<TurnPorts, 'tasks' | 'ids' | 'settings' | 'clock' | 'logger' | 'signal'>

/** A heartbeat passes over a row that is busy: so often it is asked before a silent claim is taken for lost. */
const maximumAsks = 5

const askAgainMs = 20

/**
 * Gives a claim back, to be claimed again after a delay.
 *
 * @returns false when somebody has woken the saga since the journal was read: there is a row to read before the claim may
 *   be given back. True when it was given back, or was lost before.
 */
export async function handBack(
  ports: HandBackPorts,
  held: HeldClaim,
  delayMs: number,
): Promise<boolean> {
  const { tasks, ids } = ports
  const { sagaId, branch, claimId } = held.claim
  const release = { sagaId, branch, claimId, wake: held.wake, nonce: ids.nonce(), delayMs }
  const released = await untilAnswered(() => tasks.release([release]), ports)
  if (released.includes(claimId)) return true
  const wake = await wakeOf(ports, held)
  if (wake === null) return true
  // The count is taken before the journal is read, so that what comes in between is missed by neither.
  held.readUpTo(wake)
  return false
}

/** Gives a claim back for whoever is there, without a look at what it was woken for: the next holder reads everything. */
export async function handBackNow(ports: HandBackPorts, held: HeldClaim): Promise<void> {
  while (!(await handBack(ports, held, 0)));
}

/** The claim's count of wake-ups; null when the claim is gone. */
async function wakeOf(ports: HandBackPorts, held: HeldClaim): Promise<number | null> {
  const { tasks, settings, clock, signal } = ports
  const { sagaId, claimId } = held.claim
  const beat = { claims: [{ sagaId, claimId }], leaseMs: settings.leaseMs }
  for (let asks = 1; ; asks += 1) {
    const [kept] = await untilAnswered(() => tasks.heartbeat(beat), ports)
    if (kept !== undefined) return kept.wake
    if (asks === maximumAsks) return null
    await clock.sleep(askAgainMs, signal)
  }
}
