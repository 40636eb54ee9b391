/**
 * Which file may import which, and why. `pnpm imports` checks it, and
 * test/architecture/imports.test.ts proves that each rule can fail.
 */

const ENGINE = '^packages/engine/src'
const ADAPTERS = `${ENGINE}/(postgres|bullmq|cockatiel|memory)/`
const TESTS = '\\.test\\.ts$'
const TECHNOLOGY = 'node_modules/(pg|pg-pool|kysely|bullmq|ioredis|cockatiel)/'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'core-is-pure',
      comment: 'The core replays and is tested exhaustively: it needs nothing but itself.',
      severity: 'error',
      from: { path: `${ENGINE}/core/`, pathNot: TESTS },
      to: { pathNot: `${ENGINE}/core/` },
    },
    {
      name: 'ports-know-the-core-only',
      comment: 'A port that names a technology can have one adapter only.',
      severity: 'error',
      from: { path: `${ENGINE}/ports/`, pathNot: TESTS },
      to: { pathNot: `${ENGINE}/(core|ports)/` },
    },
    {
      name: 'definitions-know-the-core-only',
      comment: 'A saga is defined without a database, in the file of a user who may have none.',
      severity: 'error',
      from: { path: `${ENGINE}/definition/`, pathNot: TESTS },
      to: {
        path: ['^packages/', TECHNOLOGY],
        pathNot: [`${ENGINE}/(core|definition)/`, `${ENGINE}/ports/(logger|step-transaction).ts`],
      },
    },
    {
      name: 'runtime-knows-core-and-ports',
      comment: 'The use cases run on any store and any queue, the simulated ones included.',
      severity: 'error',
      from: { path: `${ENGINE}/runtime/`, pathNot: TESTS },
      to: { path: '^packages/', pathNot: `${ENGINE}/(core|definition|ports|runtime)/` },
    },
    {
      name: 'runtime-names-no-technology',
      comment: 'What speaks to Postgres or Redis is an adapter, behind a port.',
      severity: 'error',
      from: { path: `${ENGINE}/runtime/`, pathNot: TESTS },
      to: { path: TECHNOLOGY },
    },
    {
      name: 'adapters-stand-apart',
      comment: 'Each adapter can be replaced, or left out, without a look at the others.',
      severity: 'error',
      from: { path: ADAPTERS, pathNot: TESTS },
      to: { path: '^packages/', pathNot: `${ENGINE}/(core|ports|$1)/` },
    },
    {
      name: 'barrier-knows-the-core-only',
      comment: 'A participant has the barrier in its own service, without the engine beside it.',
      severity: 'error',
      from: { path: `${ENGINE}/barrier/`, pathNot: TESTS },
      to: {
        path: '^packages/',
        pathNot: [`${ENGINE}/(core|barrier)/`, `${ENGINE}/definition/rejection.ts`],
      },
    },
    {
      name: 'one-composition-root',
      comment: 'The engine chooses its adapters in one place: create-backstep.ts.',
      severity: 'error',
      from: {
        path: `${ENGINE}/`,
        pathNot: [ADAPTERS, `${ENGINE}/(create-backstep|index)\\.ts$`, TESTS],
      },
      to: { path: ADAPTERS },
    },
    {
      name: 'adapters-for-those-who-compose',
      comment: 'Whoever picks an adapter is tied to it: only services, tools and tests are.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/(engine|worker|cli|testing|bench)/' },
      to: { path: ADAPTERS },
    },
    {
      name: 'packages-use-entry-points',
      comment: 'What is not exported may change without notice, for our own packages as for users.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: {
        path: '^packages/',
        pathNot: [
          '^packages/$1/',
          '^packages/[^/]+/src/index\\.ts$',
          '^packages/[^/]+/src/[^/]+/index\\.ts$',
        ],
      },
    },
    {
      name: 'engine-stands-alone',
      comment: 'The worker and the tools are built on the engine, never the other way round.',
      severity: 'error',
      from: { path: '^packages/engine/', pathNot: TESTS },
      to: { path: '^packages/', pathNot: '^packages/engine/' },
    },
    {
      name: 'servers-stand-alone',
      comment: 'The server launcher starts before anything else is there.',
      severity: 'error',
      from: { path: '^packages/servers/' },
      to: { path: '^packages/', pathNot: '^packages/servers/' },
    },
    {
      name: 'servers-are-not-shipped',
      comment:
        'The server launcher is private: a published package that imports it cannot install.',
      severity: 'error',
      from: { path: '^packages/(engine|worker|cli|testing)/', pathNot: TESTS },
      to: { path: '^packages/servers/' },
    },
    {
      name: 'examples-use-public-entry-points',
      comment: 'An example shows what a user can type.',
      severity: 'error',
      from: { path: '^packages/examples/' },
      to: {
        path: '^packages/',
        pathNot:
          '^packages/(examples/|engine/src/(barrier/)?index\\.ts$|(worker|cli|servers)/src/index\\.ts$)',
      },
    },
    {
      name: 'packages-do-not-need-the-repository',
      comment: 'A package is shipped without the repository around it.',
      severity: 'error',
      from: { path: '^packages/', pathNot: TESTS },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Files in a cycle can only be understood, tested and loaded together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'imports-resolve',
      comment: 'What cannot be resolved cannot be checked by the other rules.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The bench's peers are installed by the bench alone: elsewhere their imports lead nowhere.
    exclude: { path: '(^|/)(dist|\\.cache|types/fixtures)/|^packages/bench/peers/' },
    // TypeScript 7 has no API to parse with; and types count: a cycle of types is a cycle.
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      // Without the first one, imports of our own packages lead nowhere and nothing is checked.
      conditionNames: ['@backstep/source', 'types', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.d.ts', '.json'],
    },
  },
}
