import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { childrenOf, isRunning } from './process-tree.ts'
import type { Guard } from './guard.ts'
import type { SystemUser } from './reachable.ts'
import { waitUntil } from './wait-until.ts'

const CHILDREN_END_MS = 10_000
const LOG_TAIL = 2_000

/** What to run, and as whom. `user` is left out to run as oneself. */
export type ServerCommand = {
  readonly file: string
  readonly args: readonly string[]
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly user: SystemUser | undefined
}

/** One run of a server. It writes to `server.log` in its folder and never holds this process open. */
export class ServerProcess {
  readonly pid: number
  readonly #folder: string
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #running = true

  constructor(command: ServerCommand, guard: Guard) {
    this.#folder = command.folder
    const log = openSync(join(command.folder, 'server.log'), 'a')
    const child = spawn(command.file, command.args, {
      cwd: command.folder,
      env: command.env,
      // Not in the terminal's group: Ctrl-C ends the application first, then its server.
      detached: true,
      stdio: ['ignore', log, log],
      ...command.user,
    })
    closeSync(log)
    child.unref()
    this.#child = child
    this.pid = child.pid ?? 0
    guard.watch(this.pid)
    this.#ended = this.#watchEnd(guard)
  }

  get running(): boolean {
    return this.#running
  }

  /** Resolves when the process itself has ended, whatever became of its children. */
  ended(): Promise<void> {
    // Somebody waits now: this process must not run out of work and leave before the answer.
    if (this.#running) this.#child.ref()
    return this.#ended
  }

  send(signal: NodeJS.Signals): void {
    if (this.#running) process.kill(this.pid, signal)
  }

  /** Asks it to end with `signal`, and kills it with its children when it takes too long. */
  async stop(signal: NodeJS.Signals, graceMs: number): Promise<void> {
    this.send('SIGCONT')
    this.send(signal)
    if (!(await waitUntil(() => !this.#running, graceMs))) await this.kill()
  }

  /** SIGKILL for it and its children; resolves when all of them are gone. */
  async kill(): Promise<void> {
    // Frozen first: it can neither start another child nor tell the ones it has to end in order.
    this.send('SIGSTOP')
    const children = this.#running ? childrenOf(this.pid) : []
    this.send('SIGKILL')
    for (const child of children) killIfRunning(child)
    await this.ended()
    await waitUntil(() => !children.some(isRunning), CHILDREN_END_MS)
  }

  /** The end of what it wrote: why it did not start is said there. */
  logTail(): string {
    return readFileSync(join(this.#folder, 'server.log'), 'utf8').slice(-LOG_TAIL).trim()
  }

  #watchEnd(guard: Guard): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#running = false
        guard.watch(0)
        resolve()
      }
      this.#child.once('exit', done)
      this.#child.once('error', done)
    })
  }
}

const killIfRunning = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself between the listing and the signal.
  }
}
