import { createServer, type IncomingMessage, type Server } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

import { z } from 'zod'

const request = z.object({ key: z.string(), branch: z.string(), step: z.string() })

/** What reached the ledger. `refused`: an action that came after its undo. `missed`: an undo with nothing to undo. */
export interface LedgerEntry {
  readonly kind: 'done' | 'undone' | 'refused' | 'missed'
  readonly branch: string
  readonly step: string
}

/** A step's answer: take effect, or refuse. It may take its time. */
type Behavior = () => Promise<'do' | 'reject'>

/** The outside world of a trip, in memory: workers in any process take effect here. Each key takes effect once. */
export class BranchLedger {
  readonly #server: Server
  readonly #standing = new Set<string>()
  readonly #undone = new Set<string>()
  readonly #behaviors = new Map<string, Behavior>()
  readonly #arrived: string[] = []
  readonly #keys = new Map<string, Set<string>>()
  readonly #entries: LedgerEntry[] = []
  #atWork = 0
  #mostAtWork = 0

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(): Promise<BranchLedger> {
    const server = createServer()
    const ledger = new BranchLedger(server)
    server.on('request', (incoming, response) => {
      void ledger.#answer(incoming).then((rejected) => response.end(JSON.stringify({ rejected })))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return ledger
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('It does not listen.')
    return `http://127.0.0.1:${address.port}`
  }

  /** How often an action of this step, or `undo seat`, has come here, whatever became of it. */
  arrivals(step: string): number {
    return this.#arrived.filter((arrived) => arrived === step).length
  }

  /** The keys that actions of this step have come with, each once, in the order in which they were first seen. */
  keysOf(step: string): readonly string[] {
    return [...(this.#keys.get(step) ?? [])]
  }

  /** How many actions there were at once. */
  get mostAtWork(): number {
    return this.#mostAtWork
  }

  /** All that happened, in order. */
  get entries(): readonly LedgerEntry[] {
    return this.#entries
  }

  /** How many effects stand. */
  get standing(): number {
    return this.#standing.size
  }

  /** The steps of one kind of entry, in order; of one branch only where that is said. */
  steps(kind: LedgerEntry['kind'], branch?: string): readonly string[] {
    return this.#entries
      .filter((entry) => entry.kind === kind && (branch ?? entry.branch) === entry.branch)
      .map(({ step }) => step)
  }

  /** From now on the action of this step does that; `undo seat` names the undo of `seat`, which only may take its time. */
  behave(step: string, behavior: Behavior): void {
    this.#behaviors.set(step, behavior)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(incoming: IncomingMessage): Promise<boolean> {
    const { key, branch, step } = request.parse(JSON.parse(await text(incoming)))
    if (incoming.url === '/undo') {
      this.#arrived.push(`undo ${step}`)
      await this.#behaviors.get(`undo ${step}`)?.()
      this.#undone.add(key)
      this.#note(this.#standing.delete(key) ? 'undone' : 'missed', { branch, step })
      return false
    }
    this.#arrived.push(step)
    this.#keys.set(step, (this.#keys.get(step) ?? new Set()).add(key))
    this.#atWork += 1
    this.#mostAtWork = Math.max(this.#mostAtWork, this.#atWork)
    const outcome = await this.#behaviors.get(step)?.()
    this.#atWork -= 1
    if (outcome === 'reject') return true
    if (this.#undone.has(key)) this.#note('refused', { branch, step })
    else if (!this.#standing.has(key)) {
      this.#standing.add(key)
      this.#note('done', { branch, step })
    }
    return false
  }

  #note(kind: LedgerEntry['kind'], where: Omit<LedgerEntry, 'kind'>): void {
    this.#entries.push({ kind, ...where })
  }
}
