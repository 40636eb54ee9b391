import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

import type { RunnerMessage, RunReport } from '../runner/run-report.ts'
import type { RunRequest } from '../runner/run-request.ts'

const LOG_TAIL = 2_000
const KILL_AFTER_MS = 2_000

/** What the harness does while a runner measures. */
export interface RunnerWindow {
  /** The runner is warm: counters are read now, and then its window opens. */
  readonly opens: () => void
  /** Its window is over. */
  readonly closes: () => void
}

/** How long a runner may take before it is ended. */
export interface RunnerLimits {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** A process that runs one runner once. */
export class RunnerProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #ended: Promise<void>
  #log = ''
  #stage = 'before its warm-up was over'

  constructor(runner: string, request: RunRequest, limits: RunnerLimits) {
    const args = ['--conditions=@backstep/source', runner, JSON.stringify(request)]
    this.#child = spawn(process.execPath, args, {
      env: { ...process.env, DO_NOT_TRACK: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.on('data', (chunk: Buffer) => this.#remember(chunk.toString()))
    this.#ended = this.#untilEnded(limits)
  }

  /** Resolves when a runner that only prepares has ended well. */
  async done(): Promise<void> {
    this.#child.stdout.on('data', (chunk: Buffer) => this.#remember(chunk.toString()))
    await this.#ended
  }

  /** Its report, once it has ended well. */
  async report(window: RunnerWindow): Promise<RunReport> {
    const ended = this.#ended
    // Whatever is wrong is thrown below, where somebody waits for it.
    ended.catch(() => {})
    let report: RunReport | null = null
    for await (const line of createInterface({ input: this.#child.stdout })) {
      const message = this.#read(line)
      if (message?.bench === 'warm') {
        this.#stage = 'in its window'
        window.opens()
        this.#child.stdin.write('go\n')
      }
      if (message?.bench === 'measured') {
        this.#stage = 'after its window'
        window.closes()
      }
      if (message?.bench === 'report') report = message.report
    }
    await ended
    if (report === null) throw new Error('The runner ended without a report.')
    return report
  }

  #read(line: string): RunnerMessage | null {
    if (line.startsWith('{"bench":')) return JSON.parse(line)
    // Some peers write their log to standard output.
    this.#remember(`${line}\n`)
    return null
  }

  #remember(text: string): void {
    this.#log = (this.#log + text).slice(-LOG_TAIL)
  }

  async #untilEnded({ signal, timeoutMs }: RunnerLimits): Promise<void> {
    const tooLong = AbortSignal.timeout(timeoutMs)
    const end = (): void => this.#end()
    for (const reason of [signal, tooLong]) reason.addEventListener('abort', end, { once: true })
    const [code, killedBy] = await once(this.#child, 'close')
    for (const reason of [signal, tooLong]) reason.removeEventListener('abort', end)
    signal.throwIfAborted()
    if (code === 0) return
    const what = tooLong.aborted
      ? `It took longer than ${timeoutMs / 1000} s`
      : `It ended with ${killedBy ?? `exit code ${code}`}`
    throw new Error(`${what}, ${this.#stage}. ${this.#log.trim()}`.trim())
  }

  /** Asked to end, a runner says what it was waiting for; one that does not even do that is killed. */
  #end(): void {
    this.#child.kill('SIGTERM')
    setTimeout(() => this.#child.kill('SIGKILL'), KILL_AFTER_MS).unref()
  }
}
