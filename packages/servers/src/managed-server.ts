import { rmSync } from 'node:fs'

import { findFreePort } from './free-port.ts'
import { startGuard, type Guard } from './guard.ts'
import type { SystemUser } from './reachable.ts'
import { makeServerFolder } from './server-folder.ts'
import type { ServerHandle } from './server-handle.ts'
import { ServerProcess, type ServerCommand } from './server-process.ts'

const READY_MS = 60_000
const STOP_GRACE_MS = 15_000
const START_TRIES = 3

/** Where a server lives: its port and a folder of its own. */
export type ServerPlace = { readonly folder: string; readonly port: number }

/** What sets one kind of server apart; starting, ending and guarding are the same for all. */
export type ServerRecipe = {
  readonly name: string
  /** Who runs the server and owns its folder. */
  readonly user: SystemUser
  /** Ends it in order, its data kept for the next start. */
  readonly stopSignal: NodeJS.Signals
  /** Ends it at once together with its own children, its data given up. */
  readonly discardSignal: 'QUIT' | 'KILL'
  /** Runs once in the empty folder; what it starts, it shows to the guard. */
  readonly prepare: (folder: string, guard: Guard) => Promise<void>
  readonly command: (place: ServerPlace) => Omit<ServerCommand, 'folder'>
  /** Resolves to false when `server` is not ready within `timeoutMs`, or has ended. */
  readonly ready: (place: ServerPlace, server: ServerProcess, timeoutMs: number) => Promise<boolean>
  readonly url: (port: number) => string
}

/** A server that this process started, that can be killed and started again, and ends with it. */
export class ManagedServer implements ServerHandle {
  readonly url: string
  readonly #recipe: ServerRecipe
  readonly #place: ServerPlace
  readonly #guard: Guard
  #server: ServerProcess
  #closed: Promise<void> | undefined

  private constructor(
    recipe: ServerRecipe,
    place: ServerPlace,
    guard: Guard,
    server: ServerProcess,
  ) {
    this.#recipe = recipe
    this.#place = place
    this.#guard = guard
    this.#server = server
    this.url = recipe.url(place.port)
  }

  /** Prepares a folder and starts the server; leaves nothing behind when that fails. */
  static async start(recipe: ServerRecipe, signal?: AbortSignal): Promise<ManagedServer> {
    signal?.throwIfAborted()
    const folder = makeServerFolder(recipe.name.toLowerCase(), recipe.user)
    const guard = startGuard(folder, recipe.discardSignal)
    try {
      await recipe.prepare(folder, guard)
      const { place, server } = await startSomewhere(recipe, folder, guard)
      const managed = new ManagedServer(recipe, place, guard, server)
      signal?.addEventListener('abort', () => void managed.close(), { once: true })
      if (signal?.aborted === true) await managed.close()
      signal?.throwIfAborted()
      return managed
    } catch (error) {
      await guard.end()
      throw error
    }
  }

  readonly kill = async (): Promise<void> => {
    await this.#server.kill()
  }

  readonly restart = async (): Promise<void> => {
    if (this.#closed !== undefined) throw new Error(`${this.#recipe.name} is closed already.`)
    await this.#server.stop(this.#recipe.stopSignal, STOP_GRACE_MS)
    this.#server = await startAt(this.#recipe, this.#place, this.#guard)
  }

  readonly close = (): Promise<void> => {
    this.#closed ??= this.#discard()
    return this.#closed
  }

  /** For the recipes' own verbs, such as freezing a server without ending it. */
  readonly send = (signal: NodeJS.Signals): void => this.#server.send(signal)

  async #discard(): Promise<void> {
    await this.#server.stop(`SIG${this.#recipe.discardSignal}`, STOP_GRACE_MS)
    rmSync(this.#place.folder, { recursive: true, force: true })
    await this.#guard.end()
  }
}

/** A port that was free may be taken a moment later, by a test beside us for example: try again. */
const startSomewhere = async (
  recipe: ServerRecipe,
  folder: string,
  guard: Guard,
): Promise<{ readonly place: ServerPlace; readonly server: ServerProcess }> => {
  for (let tries = 1; ; tries += 1) {
    const place = { folder, port: await findFreePort() }
    try {
      return { place, server: await startAt(recipe, place, guard) }
    } catch (error) {
      const portTaken = error instanceof Error && /already in use/i.test(error.message)
      if (!portTaken || tries === START_TRIES) throw error
    }
  }
}

const startAt = async (
  recipe: ServerRecipe,
  place: ServerPlace,
  guard: Guard,
): Promise<ServerProcess> => {
  const server = new ServerProcess({ ...recipe.command(place), folder: place.folder }, guard)
  if (await recipe.ready(place, server, READY_MS)) return server
  await server.kill()
  throw new Error(
    `${recipe.name} did not start on port ${place.port}. The end of its log:\n${server.logTail()}`,
  )
}
