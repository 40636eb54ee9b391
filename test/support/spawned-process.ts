import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

import { onTestFinished } from 'vitest'

import { repositoryRoot } from './repository.ts'

/** How a process ended. */
export type ProcessEnd = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** What to run, from the root of the repository. */
export type SpawnedProcessOptions = {
  /** A TypeScript file, and what follows it. */
  readonly args: readonly string[]
  /** On top of this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A Node process on our sources, as a user runs it. It ends with the test that started it. */
export class SpawnedProcess {
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  readonly #ended: Promise<ProcessEnd>

  constructor({ args, env }: SpawnedProcessOptions) {
    this.#child = spawn(process.execPath, ['--conditions=@backstep/source', ...args], {
      cwd: repositoryRoot,
      env: { ...process.env, NODE_OPTIONS: undefined, COLUMNS: undefined, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
    this.#ended = this.#end()
    onTestFinished(() => this.kill('SIGKILL'))
  }

  /** What it has printed so far. */
  get stdout(): string {
    return this.#stdout
  }

  /** What it has complained about so far. */
  get stderr(): string {
    return this.#stderr
  }

  /** Gives it this to read, and no more. */
  write(text: string): void {
    this.#child.stdin?.end(text)
  }

  /** Closes our end of its stdout, as `head` does when it has seen enough. */
  stopReading(): void {
    this.#child.stdout?.destroy()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits for its end. */
  ended(): Promise<ProcessEnd> {
    return this.#ended
  }

  async #end(): Promise<ProcessEnd> {
    await once(this.#child, 'close')
    const { exitCode: code, signalCode: signal } = this.#child
    return { code, signal, stdout: this.#stdout, stderr: this.#stderr }
  }
}
