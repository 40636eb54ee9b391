import { spawn } from 'node:child_process'
import { once } from 'node:events'

import type { System } from '../catalog/system.ts'
import { peersFolder } from './peers-folder.ts'

/** Installs the peers from their own lockfile, if one of them is to be measured. */
export const installPeers = async (
  systems: readonly System[],
  signal: AbortSignal,
): Promise<void> => {
  if (systems.every((system) => system.package === null)) return
  // `pnpm bench` was itself started by pnpm, so it is on the PATH. The folder is a workspace of its
  // own: a flag to ignore workspaces would also ignore which build scripts it lets run.
  const child = spawn('pnpm', ['install', '--frozen-lockfile'], {
    cwd: peersFolder,
    env: { ...process.env, DO_NOT_TRACK: '1', SCARF_ANALYTICS: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = await once(child, 'close')
  if (code === 0) return
  throw new Error(
    `The peers could not be installed in ${peersFolder} (exit ${code}); ` +
      `--systems backstep measures without them.\n${output.trim()}`,
  )
}
