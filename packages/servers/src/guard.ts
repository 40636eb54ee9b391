/**
 * The guard: a shell that outlives this process just long enough to clean up after it.
 *
 * G1  It holds the reading end of a pipe. However this process ends (exit, Ctrl-C, an uncaught
 *     error, SIGKILL), the kernel closes the writing end, and the guard stops the server.
 * G2  It runs in a session of its own, so that the Ctrl-C of a terminal does not reach it.
 * G3  It learns the current process id as a line, and 0 once that process has ended: it never
 *     signals an id that the system may have given to somebody else.
 * G4  The folder goes last, when nothing writes to it any more.
 */
import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

const SCRIPT = `
folder=$1 signal=$2 pid=0
while read -r line; do pid=$line; done
if [ "$pid" -gt 0 ]; then
  kill -s "$signal" "$pid"
  kill -s CONT "$pid"
  tries=0
  while kill -0 "$pid" && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -s KILL "$pid"
fi
rm -rf -- "$folder"
` // G1, G4

/** Keeps a server from outliving the process that started it. */
export type Guard = {
  /** Says which process to stop when this one ends; 0 when there is none. */
  readonly watch: (pid: number) => void
  /** Stops what is watched, removes the folder, and resolves when both are done. */
  readonly end: () => Promise<void>
}

/**
 * Starts a guard over `folder`. `stopSignal` is what ends the server at once with its own children:
 * a guard has no time for an orderly shutdown, and nobody will read the data again.
 */
export const startGuard = (folder: string, stopSignal: 'QUIT' | 'KILL'): Guard => {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'backstep-guard', folder, stopSignal], {
    detached: true, // G2
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()))
  const pipe = shell.stdin
  // A guard that was killed from outside must not take this process with it.
  pipe.on('error', () => {})
  shell.on('error', () => {})
  shell.unref()
  if (pipe instanceof Socket) pipe.unref()
  return {
    watch: (pid) => pipe.write(`${pid}\n`),
    end: () => {
      shell.ref()
      pipe.end()
      return ended
    },
  }
}
