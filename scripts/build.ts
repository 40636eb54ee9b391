/**
 * Builds what is published: `pnpm build`. Begins from nothing, so that a file that was renamed is not packed under both
 * names, and puts the migrations beside the engine's compiled code, from where the package reads them.
 */
import { spawnSync } from 'node:child_process'
import { cp, rm } from 'node:fs/promises'

const inRepository = (path: string): URL => new URL(`../${path}`, import.meta.url)

for (const name of ['engine', 'worker', 'cli', 'servers', 'examples']) {
  await rm(inRepository(`packages/${name}/dist`), { recursive: true, force: true })
  await rm(inRepository(`packages/${name}/tsconfig.tsbuildinfo`), { force: true })
}
const { status } = spawnSync('pnpm', ['exec', 'tsc', '-b'], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
await cp(inRepository('migrations/'), inRepository('packages/engine/dist/migrations/'), {
  recursive: true,
})
