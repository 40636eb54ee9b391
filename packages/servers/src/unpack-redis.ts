import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { AptPackages } from './apt-packages.ts'
import { findExecutable } from './find-executable.ts'
import type { RedisBinary } from './redis-binary.ts'

// Beside node_modules and as easily thrown away.
const CACHE = join(import.meta.dirname, '..', '..', '..', '.cache', 'servers')

// Debian's redis-server is a link into redis-tools; the same holds for valkey.
const FLAVORS = [
  { packages: ['redis-server', 'redis-tools'], file: 'redis-server' },
  { packages: ['valkey-server', 'valkey-tools'], file: 'valkey-server' },
] as const

/**
 * Takes the system's own Redis (or Valkey) package apart in the project's cache: nothing is
 * installed, and the second time nothing is downloaded. Needs apt and a network the first time;
 * throws an error that says what to do instead when it has neither.
 */
export const unpackRedis = async (): Promise<RedisBinary> => {
  const home = join(CACHE, `redis-${process.platform}-${process.arch}`)
  if (!existsSync(home)) await fill(home)
  const file = FLAVORS.map((flavor) => join(home, 'usr', 'bin', flavor.file)).find(existsSync)
  if (file === undefined) {
    throw new Error(`${home} holds no Redis. Remove the folder and try again.`)
  }
  return { file, env: { LD_LIBRARY_PATH: libraryFolders(home).join(':') } }
}

/** Fills a folder beside `home` and moves it into place whole: two processes may do so at once. */
const fill = async (home: string): Promise<void> => {
  if (findExecutable('apt-get') === undefined || findExecutable('dpkg') === undefined) {
    throw noRedis('there is no apt to fetch one with')
  }
  mkdirSync(CACHE, { recursive: true })
  const work = mkdtempSync(join(CACHE, 'unpack-'))
  try {
    const target = join(work, 'root')
    mkdirSync(target)
    await unpackFirstFlavor(new AptPackages(work), target)
    moveIntoPlace(target, home)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

const unpackFirstFlavor = async (apt: AptPackages, target: string): Promise<void> => {
  if (await tryFlavors(apt, target)) return
  // No lists, or old ones that name files which the mirror no longer has.
  await apt.update().catch((cause: unknown) => {
    throw noRedis('"apt-get update" failed', cause)
  })
  if (!(await tryFlavors(apt, target))) throw noRedis('apt has neither redis-server nor valkey')
}

const tryFlavors = async (apt: AptPackages, target: string): Promise<boolean> => {
  for (const flavor of FLAVORS) {
    const done = await apt.unpack(flavor.packages, target).then(
      () => true,
      () => false,
    )
    if (done) return true
  }
  return false
}

const moveIntoPlace = (folder: string, home: string): void => {
  try {
    renameSync(folder, home)
  } catch (error) {
    // Somebody else was faster, with the same packages.
    if (!existsSync(home)) throw error
  }
}

const libraryFolders = (home: string): readonly string[] => {
  const roots = [join(home, 'usr', 'lib'), join(home, 'lib')].filter((root) => existsSync(root))
  return roots.flatMap((root) =>
    readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.endsWith('-linux-gnu'))
      .map((entry) => join(root, entry.name)),
  )
}

const noRedis = (reason: string, cause?: unknown): Error =>
  new Error(
    `No Redis: neither redis-server nor valkey-server is on PATH, and ${reason}. ` +
      'Install one, or set REDIS_URL to a server that runs.',
    { cause },
  )
