/**
 * A server that ends with this process, however that ends: a shell waits for the end of its input,
 * which the kernel closes, and then ends the server.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'

// The shell says the server's process id in its first line, then waits.
const SCRIPT = `
"$@" </dev/null >&4 2>&4 &
pid=$!
echo "$pid"
exec 4>&-
read -r _
kill -TERM "$pid"
tries=0
while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -KILL "$pid" 2>/dev/null
`

/** What to run, and where its output goes. */
export interface SupervisedCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly logFile: string
}

/** A server at work. */
export interface SupervisedProcess {
  readonly pid: number
  readonly stop: () => Promise<void>
}

/** Starts it; says nothing about whether it is ready. */
export const startSupervised = async (command: SupervisedCommand): Promise<SupervisedProcess> => {
  const log = openSync(command.logFile, 'a')
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'bench-guard', command.file, ...command.args], {
    env: command.env,
    // In a session of its own: Ctrl-C reaches the bench, and the bench ends its servers.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore', 'ignore', log],
  })
  closeSync(log)
  const pid = await firstLine(shell)
  return {
    pid: Number(pid),
    stop: async () => {
      if (shell.exitCode !== null) return
      const ended = once(shell, 'exit')
      shell.stdin?.end()
      await ended
    },
  }
}

const firstLine = async ({ stdout }: ChildProcess): Promise<string> => {
  if (stdout === null) throw new Error('The guard has no output.')
  const [chunk] = await once(stdout, 'data')
  return String(chunk).trim()
}
