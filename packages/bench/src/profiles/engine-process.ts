import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { peakRssMb } from './process-memory.ts'
import type { Answers, AskName, Asks, ProcessSpec, Question, Reply } from './program/calls.ts'

// The built one: to strip the types of the engine and what it imports costs 100 MB by itself.
const PROGRAM = fileURLToPath(new URL('../../dist/profiles/program/main.js', import.meta.url))
const LOG_TAIL = 2_000

// The longest that a profile asks for, a drain, takes a minute or so.
const PATIENCE_MS = 300_000

/** How to start a process. */
export interface StartOptions {
  readonly v8Flags?: readonly string[]
  readonly signal: AbortSignal
}

/** A process of Backstep under measurement. Ends with this process at the latest. */
export class EngineProcess {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #replies = new Map<number, (text: string) => void>()
  readonly #gone: Promise<never>
  #fail: (error: Error) => void = () => {}
  #log = ''
  #asked = 0

  private constructor(spec: ProcessSpec, v8Flags: readonly string[], signal: AbortSignal) {
    this.#gone = new Promise((_resolve, reject) => {
      this.#fail = reject
    })
    // It may end while nobody waits; whoever asks next is told.
    this.#gone.catch(() => {})
    this.#child = fork(PROGRAM, [JSON.stringify(spec)], {
      // Not this process's own, which name the sources.
      execArgv: [...v8Flags],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      signal,
      killSignal: 'SIGKILL',
    })
    this.pid = this.#child.pid ?? 0
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#remember(chunk.toString()))
    this.#child.on('message', (message) => {
      if (typeof message === 'string') this.#take(message)
    })
    this.#child.on('error', (error) => this.#fail(error))
    this.#child.once('close', (code, by) => this.#ended(by ?? `exit code ${code}`))
  }

  /** Starts one and resolves when its client, and its worker if it has one, are at work. */
  static async start(
    spec: ProcessSpec,
    { v8Flags = [], signal }: StartOptions,
  ): Promise<EngineProcess> {
    if (!existsSync(PROGRAM)) {
      throw new Error(`${PROGRAM} is not there: "pnpm bench:profiles" builds it first.`)
    }
    const started = new EngineProcess(spec, v8Flags, signal)
    await started.#reply(0)
    return started
  }

  /** Has something done. Rejects with the process's own words when it fails there, or when the process ends. */
  async ask<Name extends AskName>(name: Name, ask: Asks[Name]): Promise<Answers[Name]> {
    this.#asked += 1
    const question: Question<Name> = { id: this.#asked, name, ask }
    const answer = this.#reply<Answers[Name]>(question.id)
    this.#child.send(JSON.stringify(question))
    const late = setTimeout(() => this.#giveUp(name), PATIENCE_MS)
    return answer.finally(() => clearTimeout(late))
  }

  /** The most memory that it has held so far, in MB. */
  get peakRssMb(): number {
    return peakRssMb(this.pid)
  }

  /** What the engine complained of, and whatever else went to standard error; the end of it. */
  get log(): string {
    return this.#log.trim()
  }

  /** Ends it in order; an ended one stays as it is. */
  async stop(): Promise<void> {
    if (this.#hasEnded) return
    const closed = once(this.#child, 'close')
    await this.ask('stop', null)
    await closed
  }

  /** Ends it as the kernel would, at once, and resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#hasEnded) return
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  #reply<Answer>(id: number): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#replies.set(id, (text) => {
      const reply: Reply<Answer> = JSON.parse(text)
      if ('error' in reply) reject(new Error(reply.error))
      else resolve(reply.answer)
    })
    return Promise.race([promise, this.#gone]).finally(() => this.#replies.delete(id))
  }

  #giveUp(name: AskName): void {
    this.#fail(new Error(`"${name}" took longer than ${PATIENCE_MS / 1000} s. ${this.log}`.trim()))
    this.#child.kill('SIGKILL')
  }

  #take(text: string): void {
    const { id }: { readonly id: number } = JSON.parse(text)
    this.#replies.get(id)?.(text)
  }

  #remember(text: string): void {
    this.#log = (this.#log + text).slice(-LOG_TAIL)
  }

  #ended(how: string): void {
    this.#fail(new Error(`A process of Backstep ended with ${how}. ${this.log}`.trim()))
  }
}
