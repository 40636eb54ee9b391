/**
 * Looks at the packages as a user would: builds and packs them, installs them with npm into an empty project, and runs
 * the README's example and commands there, against a Postgres that it starts when none is given.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { startPostgres } from '@backstep/servers'

const repository = fileURLToPath(new URL('..', import.meta.url))
const published = ['engine', 'worker', 'cli'] as const
const project = mkdtempSync(join(tmpdir(), 'backstep-packages-'))

type Place = { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }

const run = (command: string, parameters: readonly string[], { cwd, env }: Place): string => {
  console.log(`$ ${command} ${parameters.join(' ')}`)
  return execFileSync(command, parameters, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    // The demands of the checks on their own dependencies are no concern of a user's project.
    timeout: 300_000,
  })
}

const expectIn = (text: string, part: string): void => {
  if (!text.includes(part)) throw new Error(`Expected ${JSON.stringify(part)} in:\n${text}`)
}

/** Packs one package and gives the tarball's path. */
const pack = (name: string): string => {
  const cwd = join(repository, 'packages', name)
  run('pnpm', ['exec', 'publint', '--strict', cwd], { cwd: repository })
  run('pnpm', ['pack', '--pack-destination', project], { cwd })
  const tarball = readdirSync(project).find((file) => file.startsWith(`backstep-${name}-`))
  if (tarball === undefined) throw new Error(`pnpm pack made no tarball of ${name}.`)
  return `file:${join(project, tarball)}`
}

/** The first block of TypeScript in the README. */
const readmeExample = (): string => {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8')
  const block = /```ts\n([\s\S]*?)```/.exec(readme)?.[1]
  if (block === undefined) throw new Error('README.md has no example in TypeScript.')
  return block
}

const makeProject = (): void => {
  const tarballs = published.map((name) => [`@backstep/${name}`, pack(name)] as const)
  const manifest = {
    name: 'empty-project',
    private: true,
    type: 'module',
    dependencies: { ...Object.fromEntries(tarballs), zod: '^4.0.0' },
    // None of them is in a registry before it is published: each one's own dependencies are the tarballs too.
    overrides: Object.fromEntries(tarballs.map(([name]) => [name, `$${name}`])),
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest, null, 2))
  writeFileSync(join(project, 'example.ts'), readmeExample())
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: project })
}

const tryProject = (databaseUrl: string): void => {
  const place = { cwd: project, env: { DATABASE_URL: databaseUrl } }
  expectIn(run('npx', ['backstep', 'migrate'], place), '0001_')
  expectIn(run('node', ['example.ts'], place), 'parcel-1')
  expectIn(run('npx', ['backstep', 'list'], place), 'completed')
  expectIn(run('npx', ['backstep', 'show', '--help'], place), 'show')
  expectIn(run('npx', ['backstep-worker', '--help'], place), '--sagas')
}

run('pnpm', ['run', 'build'], { cwd: repository })
const postgres = await startPostgres({ fsync: false })
try {
  makeProject()
  tryProject(postgres.url)
  console.log('The packages install, migrate and run.')
} finally {
  await postgres.close()
  rmSync(project, { recursive: true, force: true })
}
