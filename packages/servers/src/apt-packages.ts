import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

// These belong to the running system: a second copy of libc beside its own loader crashes.
const OF_THE_SYSTEM = new Set(['libc6', 'libgcc-s1', 'libcrypt1'])

/**
 * Downloads and unpacks Debian packages without installing anything: apt's lists and caches are
 * folders of ours, and the system's own are only read.
 */
export class AptPackages {
  readonly #folder: string
  #options: readonly string[]

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(join(folder, 'apt-cache'), { recursive: true })
    mkdirSync(join(folder, 'apt-lists', 'partial'), { recursive: true })
    this.#options = [
      `--option=Dir::Cache=${join(folder, 'apt-cache')}`,
      // Root's apt would hand the download to a user who cannot reach our folder.
      '--option=APT::Sandbox::User=root',
    ]
  }

  /** Fetches fresh lists into our folder and uses them from now on: the system's may be empty. */
  async update(): Promise<void> {
    const lists = join(this.#folder, 'apt-lists')
    this.#options = [...this.#options, `--option=Dir::State::lists=${lists}`]
    await this.#apt('apt-get', ['-qq', 'update'])
  }

  /** Unpacks `packages` with the libraries that they need, and theirs, into `target`. */
  async unpack(packages: readonly string[], target: string): Promise<void> {
    const all = [...packages, ...(await this.#librariesOf(packages))]
    await this.#apt('apt-get', ['-qq', 'download', ...all])
    for (const file of readdirSync(this.#folder).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(this.#folder, file), target])
    }
  }

  async #librariesOf(packages: readonly string[]): Promise<readonly string[]> {
    const found = new Set<string>()
    for (let next = packages; next.length > 0;) {
      const answer = await this.#apt('apt-cache', ['depends', '--important', ...next])
      next = libraryNames(answer).filter((name) => !found.has(name))
      for (const name of next) found.add(name)
    }
    return [...found]
  }

  async #apt(tool: 'apt-get' | 'apt-cache', args: readonly string[]): Promise<string> {
    const options = { cwd: this.#folder, env: { ...process.env, LC_ALL: 'C' } }
    const { stdout } = await run(tool, [...this.#options, ...args], options)
    return stdout
  }
}

const libraryNames = (depends: string): readonly string[] => {
  const names = [...depends.matchAll(/^\s+(?:Pre)?Depends: (lib[\w.+-]+)$/gm)]
  const unique = new Set(names.map((match) => match[1] ?? ''))
  return [...unique].filter((name) => !OF_THE_SYSTEM.has(name))
}
