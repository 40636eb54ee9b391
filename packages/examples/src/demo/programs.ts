import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The programs that come with Backstep, as they lie in this repository. */
const programs = {
  backstep: new URL('main.ts', import.meta.resolve('@backstep/cli')),
  'backstep-worker': new URL('main.ts', import.meta.resolve('@backstep/worker')),
} as const

/** A program that runs. */
export type Program = ChildProcessByStdio<null, Readable, Readable>

/** Starts one of Backstep's programs as a process of its own. It ends with this process at the latest. */
export function startProgram(
  name: keyof typeof programs,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Program {
  const main = fileURLToPath(programs[name])
  const nodeArgs = ['--conditions=@backstep/source', '--no-warnings', main, ...args]
  const program = spawn(process.execPath, nodeArgs, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const end = (): void => void program.kill('SIGKILL')
  process.once('exit', end)
  program.once('exit', () => process.off('exit', end))
  return program
}

/**
 * Runs `backstep` with arguments, to its end.
 *
 * @returns what it has printed
 * @throws Error with what it complained about when it fails
 */
export async function runBackstep(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const program = startProgram('backstep', args, env)
  const [printed, complaint, [code]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, 'exit'),
  ])
  if (code === 0) return printed
  throw new Error(`backstep ${args.join(' ')} failed (exit code ${code}): ${complaint}${printed}`)
}
