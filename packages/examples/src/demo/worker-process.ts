import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { startProgram } from './programs.ts'

/** A worker service in a process of its own. */
export interface WorkerProcess {
  readonly pid: number
  /** Ends it as a crash would: without a word, whatever it is doing. */
  kill(): Promise<void>
  /** Asks it to finish what it is doing. */
  stop(): Promise<void>
  /** Rejects when it ends without having been asked to. */
  readonly crashed: Promise<never>
}

const sagas = fileURLToPath(new URL('../sagas.ts', import.meta.url))
const started = 'the worker has started'
const stopGraceMs = 8_000
const linesKept = 20

/**
 * Starts `backstep-worker --sagas sagas.ts`, and waits until it takes tasks.
 *
 * @throws Error with its last words when it does not start
 */
export async function startWorkerProcess(env: NodeJS.ProcessEnv): Promise<WorkerProcess> {
  const program = startProgram('backstep-worker', ['--sagas', sagas], env)
  const ended = once(program, 'exit')
  const said: string[] = []
  let asked = false
  const ready = Promise.withResolvers<void>()
  for (const stream of [program.stdout, program.stderr]) {
    createInterface(stream).on('line', (line) => {
      said.push(line)
      if (said.length > linesKept) said.shift()
      if (line.includes(started)) ready.resolve()
    })
  }
  const crashed = ended.then(async () => {
    if (asked) return new Promise<never>(() => {})
    throw new Error(`The worker has ended by itself. Its last words:\n${said.join('\n')}`)
  })
  // It may crash when nobody is looking yet.
  crashed.catch(() => {})
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    asked = true
    program.kill(signal)
    const patience = setTimeout(() => program.kill('SIGKILL'), stopGraceMs)
    await ended
    clearTimeout(patience)
  }
  await Promise.race([ready.promise, crashed])
  return {
    pid: program.pid ?? 0,
    crashed,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}
