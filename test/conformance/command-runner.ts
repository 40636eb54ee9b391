import type {
  AppendRecord,
  NewTask,
  TaskChange,
} from '../../packages/engine/src/ports/saga-store.ts'
import type { Claim, TaskHint } from '../../packages/engine/src/ports/task-store.ts'
import { ClaimLabels } from './claim-labels.ts'
import { KEYS, type Command } from './random-command.ts'
import type { Scene } from './scene.ts'

/** What the runner remembers of a saga, to name things by. */
type Known = {
  readonly sagaId: string
  readonly key: string | null
  /** Tasks that were made, latest last. */
  readonly tasks: Pick<NewTask, 'branch' | 'nonce'>[]
  /** Claims that were granted, latest last. */
  readonly claims: Granted[]
}

type Granted = { readonly branch: string; readonly claimId: string; readonly wake: number }

/**
 * Does commands to one store. Ids are drawn in the same order whatever the store answers, so that two runs of one list can
 * be compared; only the names of claims that a takeover makes up are replaced.
 */
export class CommandRunner {
  readonly labels: ClaimLabels = new ClaimLabels()
  readonly sagaIds: readonly string[]
  readonly #scene: Scene
  readonly #known: readonly Known[]

  constructor(scene: Scene) {
    this.#scene = scene
    this.#known = KEYS.map((key) => {
      return { sagaId: scene.ids.sortable(), key, tasks: [], claims: [] }
    })
    this.sagaIds = this.#known.map(({ sagaId }) => sagaId)
  }

  /** @returns what the store answered */
  async run(command: Command): Promise<unknown> {
    switch (command.type) {
      case 'start':
        return this.#start(command)
      case 'append':
        return this.#append(command)
      case 'request':
        return this.#request(command)
      case 'claim':
        return this.#claim(command)
      case 'heartbeat':
        return this.#heartbeat(command)
      case 'release':
        return this.#release(command)
      case 'takeOver':
        return this.#takeOver(command)
      case 'findOverdue':
        return this.#findOverdue(command)
    }
  }

  async #start({ sagas, input, next, bornLeaseMs }: Command<'start'>): Promise<unknown> {
    const started = this.#sagas(sagas).map((known, index) => {
      const { sagaId, key } = known
      const event = { key, input }
      const inputHash = key === null ? null : `hash-${input}`
      const claimId = this.#scene.ids.unique()
      // The second of a batch is born free, whatever the others are.
      const claim = bornLeaseMs === null || index === 1 ? null : { claimId, leaseMs: bornLeaseMs }
      const wish = { sagaId, event, inputHash, task: next, claim }
      return { known, record: this.#scene.startRecord(wish) }
    })
    const results = await this.#scene.store.start(started.map(({ record }) => record))
    started.forEach(({ known, record }, index) => {
      if (results[index]?.status !== 'started') return
      known.tasks.push(record.task)
      const { branch } = record.task
      if (record.claim !== null)
        known.claims.push({ branch, claimId: record.claim.claimId, wake: 0 })
    })
    // The time of a start differs from store to store; that it is the first row's is told by the rows.
    return results.map(({ status, sagaId }) => ({ status, sagaId }))
  }

  async #append(command: Command<'append'>): Promise<unknown> {
    const parts = await Promise.all(
      this.#sagas(command.sagas).map(async (known) => {
        // Drawn before anything is waited for: both stores must be given the same names in the same order.
        const wish = this.#taskChange(known, command)
        const { length } = await this.#scene.store.readJournal(known.sagaId, 0)
        return { known, length, task: await this.#fitting(known, wish) }
      }),
    )
    const records = parts.map(({ known, length, task }) => {
      const wish: Partial<AppendRecord> = {
        seq: length + command.behindHead,
        task,
        row: command.row,
      }
      return this.#scene.appendRecord(known.sagaId, wish)
    })
    const results = await this.#scene.store.append(records)
    const again = command.twice ? await this.#scene.store.append(records) : results
    parts.forEach(({ known, task }, index) => {
      if (results[index]?.applied !== true) return
      if ('next' in task) known.tasks.push(...(task.type === 'replace' ? [task.next] : task.next))
      setBack(known, task)
    })
    return [results, again].map((answers) => answers.map(({ applied }) => applied))
  }

  #taskChange(known: Known, command: Command<'append'>): TaskChange {
    const { settlement } = command
    const next = this.#scene.newTask(command.next)
    const nexts = settlement.nexts.map((wish) => this.#scene.newTask(wish))
    const claimId = this.#claimId(known, command.claim)
    switch (command.change) {
      case 'keep':
      case 'none':
        return { type: command.change }
      case 'replace':
        return { type: 'replace', claimId, next }
      case 'remove':
        return { type: 'remove', branch: known.tasks.at(-1)?.branch ?? 'main', claimId }
      case 'create':
        return { type: 'create', next: nexts.length > 0 ? nexts : [next] }
      case 'settle': {
        const { branch = 'main' } = known.claims.find((claim) => claim.claimId === claimId) ?? {}
        const held = new Map([[branch, claimId]])
        for (const claim of known.claims.toReversed().slice(0, settlement.others + 1)) {
          if (!held.has(claim.branch)) held.set(claim.branch, claim.claimId)
        }
        const claims = [...held].map(([name, id]) => ({ branch: name, claimId: id }))
        const { dropped, wake } = settlement
        return { type: 'settle', claims, dropped, next: nexts, wake }
      }
    }
  }

  /** No task is made of a branch that has one which stays: that is no lost race, but a fault. */
  async #fitting(known: Known, task: TaskChange): Promise<TaskChange> {
    if (task.type !== 'settle' && task.type !== 'replace') return task
    const tasks = await this.#scene.store.listTasks(known.sagaId)
    const held = known.claims.find(({ claimId }) => 'claimId' in task && claimId === task.claimId)
    const going = new Set(held === undefined ? [] : [held.branch])
    if (task.type === 'settle') {
      for (const branch of task.dropped) going.add(branch)
      for (const { branch } of task.claims) going.add(branch)
    }
    const staying = new Set(tasks.map(({ branch }) => branch).filter((name) => !going.has(name)))
    if (task.type === 'settle') {
      return { ...task, next: task.next.filter(({ branch }) => !staying.has(branch)) }
    }
    const { branch } = staying.has(task.next.branch) && held !== undefined ? held : task.next
    return { ...task, next: { ...task.next, branch } }
  }

  async #request({ sagas, twice }: Command<'request'>): Promise<unknown> {
    const answers: unknown[] = []
    for (const { sagaId } of this.#sagas(sagas)) {
      const record = this.#scene.requestRecord(sagaId)
      const result = await this.#scene.store.request(record)
      const again = twice ? await this.#scene.store.request(record) : result
      for (const answer of [result, again]) answers.push(answer.applied ? answer.seq : null)
    }
    return answers
  }

  async #claim(command: Command<'claim'>): Promise<unknown> {
    const { sagas, nonce, leaseMs, twice } = command
    const latest = nonce === 'current' ? 1 : 2
    const records = this.#sagas(sagas).flatMap(({ sagaId, tasks }) => {
      return Array.from({ length: command.tasks }, (_, index) => {
        // Drawn every time, as with claims.
        const unknown = this.#scene.newTask()
        const task = tasks.at(-latest - index) ?? unknown
        const claimId = this.#scene.ids.unique()
        return { sagaId, branch: task.branch, nonce: task.nonce, claimId, leaseMs, known: null }
      })
    })
    const first = await this.#scene.store.claim(records)
    const claims = twice ? await this.#scene.store.claim(records) : first
    return claims.map((claim) => (claim === null ? null : this.#granted(claim)))
  }

  async #takeOver({ queue, leaseMs }: Command<'takeOver'>): Promise<unknown> {
    const claims = await this.#scene.store.takeOver({ queues: [queue], limit: 100, leaseMs })
    return claims
      .toSorted((a, b) => (a.sagaId < b.sagaId ? -1 : 1))
      .map((claim) => {
        this.labels.name(claim.claimId)
        return this.#granted(claim)
      })
  }

  /** Remembers a claim, and says of it what does not depend on time. */
  #granted(claim: Claim): unknown {
    const { sagaId, branch, queue, claimId, wake, journal } = claim
    const known = this.#known.find((saga) => saga.sagaId === sagaId)
    known?.claims.push({ branch, claimId, wake })
    return {
      sagaId,
      branch,
      queue,
      claimId,
      wake,
      type: journal.type,
      rows: journal.entries.map(({ seq, events }) => ({ seq, events })),
    }
  }

  async #findOverdue({ queue }: Command<'findOverdue'>): Promise<unknown> {
    const hints = await this.#scene.store.findOverdue({ queues: [queue], limit: 100 })
    return hints.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  }

  async #heartbeat({ sagas, claim, leaseMs }: Command<'heartbeat'>): Promise<unknown> {
    const claims = this.#sagas(sagas).map((known) => {
      return { sagaId: known.sagaId, claimId: this.#claimId(known, claim) }
    })
    const kept = await this.#scene.store.heartbeat({ claims, leaseMs })
    const order = claims.map(({ claimId }) => claimId)
    return kept.toSorted((a, b) => order.indexOf(a.claimId) - order.indexOf(b.claimId))
  }

  async #release(command: Command<'release'>): Promise<unknown> {
    const { sagas, claim, staleWake, delayMs } = command
    const releases = this.#sagas(sagas).map((known) => {
      const { sagaId } = known
      const wake = (known.claims.at(-1)?.wake ?? 0) + (staleWake ? 1 : 0)
      const branch = known.claims.at(-1)?.branch ?? 'main'
      const nonce = this.#scene.ids.nonce()
      return { sagaId, branch, claimId: this.#claimId(known, claim), wake, nonce, delayMs }
    })
    const released = await this.#scene.store.release(releases)
    for (const { sagaId, branch, claimId, nonce } of releases) {
      const known = this.#known.find((saga) => saga.sagaId === sagaId)
      if (released.includes(claimId)) known?.tasks.push({ branch, nonce })
    }
    return releases.map(({ claimId }) => released.includes(claimId))
  }

  #sagas(numbers: readonly number[]): readonly Known[] {
    return numbers.flatMap((number) => this.#known[number] ?? [])
  }

  #claimId(known: Known, which: Command<'heartbeat'>['claim']): string {
    // Drawn every time: the ids that follow must not depend on what is known.
    const unknown = this.#scene.ids.unique()
    switch (which) {
      case 'current':
        return known.claims.at(-1)?.claimId ?? unknown
      case 'former':
        return known.claims.at(-2)?.claimId ?? unknown
      case 'unknown':
        return unknown
    }
  }
}

/** Claims that have come to their end are no longer the current ones, but former ones. */
function setBack({ claims }: Known, task: TaskChange): void {
  const ended = new Set(task.type === 'settle' ? task.claims.map(({ claimId }) => claimId) : [])
  if (task.type === 'replace' || task.type === 'remove') ended.add(task.claimId)
  const former = claims.filter(({ claimId }) => ended.has(claimId))
  const others = claims.filter(({ claimId }) => !ended.has(claimId))
  claims.splice(0, claims.length, ...others.slice(0, -1), ...former, ...others.slice(-1))
}

function nameOf({ sagaId, branch }: TaskHint): string {
  return `${sagaId} ${branch}`
}
