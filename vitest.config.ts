import { defineConfig } from 'vitest/config'

// Tests run on the sources: nothing is built first, and a stack trace names the line one edits.
const source = '@backstep/source'
const conditions = [source, 'module', 'node', 'development|production']

// Vitest resolves in three places: what it bundles, what it runs, and what it leaves to Node. The
// last one serves "require" as well: nothing there may stand for "import".
const resolution = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: [source, 'node', 'module-sync'] } },
}

const TIMEOUTS_MS = { unit: 5_000, integration: 30_000, chaos: 120_000, simulation: 600_000 }

const project = (name: string, include: readonly string[], timeoutMs: number) => ({
  ...resolution,
  test: {
    name,
    include: [...include],
    pool: 'forks' as const,
    testTimeout: timeoutMs,
    hookTimeout: Math.max(timeoutMs, TIMEOUTS_MS.integration),
  },
})

const folder = (name: string): readonly string[] => [`test/${name}/**/*.test.ts`]

const report = process.env['BACKSTEP_TEST_REPORT']

export default defineConfig({
  ...resolution,
  test: {
    projects: [
      project('unit', ['packages/*/src/**/*.test.ts', ...folder('unit')], TIMEOUTS_MS.unit),
      project('types', folder('types'), TIMEOUTS_MS.integration),
      project('architecture', folder('architecture'), TIMEOUTS_MS.integration),
      project('conformance', folder('conformance'), TIMEOUTS_MS.integration),
      project('integration', folder('integration'), TIMEOUTS_MS.integration),
      project('e2e', folder('e2e'), TIMEOUTS_MS.chaos),
      project('chaos', folder('chaos'), TIMEOUTS_MS.chaos),
      project('simulation', folder('simulation'), TIMEOUTS_MS.simulation),
      project('checker', folder('checker'), TIMEOUTS_MS.chaos),
      project('sequences', folder('sequences'), TIMEOUTS_MS.simulation),
    ],
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    // As many as there are processors: by default one of them is left idle.
    maxWorkers: '100%',
    coverage: {
      provider: 'v8',
      // The core decides what happens to people's money: every line of it, and every branch.
      include: ['packages/engine/src/core/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: [['text', { skipFull: true }]],
      reportsDirectory: '.cache/coverage',
      thresholds: { lines: 100, branches: 100, functions: 100, statements: 100 },
    },
  },
})
