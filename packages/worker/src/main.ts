#!/usr/bin/env node
/** The `backstep-worker` process: environment, signals and exit codes. All else is the service's. */
import { readFileSync } from 'node:fs'

import { isBackstepError, parseDuration, type ErrorCode } from '@backstep/engine'
import type { Logger } from 'pino'

import { readConfiguration, type WorkerConfiguration } from './configuration.ts'
import { createLogger } from './create-logger.ts'
import { loadQueues } from './load-queues.ts'
import { loadSagas } from './load-sagas.ts'
import { restartWithMemoryFlags } from './memory/memory-flags.ts'
import { helpText, readArguments } from './read-arguments.ts'
import { startWorkerService } from './worker-service.ts'

const failed = 1
const misused = 2

/** Held back beyond the shutdown grace, for connections that have to close. */
const exitMarginMs = 5_000

/** What trying again does not mend: somebody has to change a setting or a definition. */
const misuseCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONFIGURATION_INVALID',
  'DEFINITION_CHANGED',
  'DEFINITION_INVALID',
  'DURATION_INVALID',
  'ID_INVALID',
])

async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2))
  switch (given.command) {
    case 'help':
      process.stdout.write(helpText)
      return 0
    case 'version':
      process.stdout.write(`${readVersion()}\n`)
      return 0
    case 'refuse':
      return complain([`${given.problem} (backstep-worker --help)`])
    case 'run':
      restartWithMemoryFlags()
      return configure(given.sagas)
  }
}

async function configure(modules: readonly string[]): Promise<number> {
  const read = readConfiguration(process.env)
  if (!read.ok) return complain(read.problems)
  const logger = createLogger(read.configuration.logLevel)
  exitOnCrash(logger)
  try {
    return await run(read.configuration, modules, logger)
  } catch (error) {
    return report(error, logger)
  }
}

async function run(
  configuration: WorkerConfiguration,
  modules: readonly string[],
  logger: Logger,
): Promise<number> {
  const asked = stopSignal(configuration, logger)
  const sagas = await loadSagas(modules, process.cwd())
  const queues = await loadQueues(modules, process.cwd())
  const service = await startWorkerService({ configuration, sagas, queues, logger, signal: asked })
  await aborted(asked)
  await service.stop()
  logger.info({}, 'the worker has stopped')
  return 0
}

/** Aborted by the first signal to stop; a second one, or a stop that does not come to an end, ends the process at once. */
function stopSignal({ shutdownGrace }: WorkerConfiguration, logger: Logger): AbortSignal {
  const asked = new AbortController()
  const limitMs = parseDuration(shutdownGrace, 'BACKSTEP_SHUTDOWN_GRACE') + exitMarginMs
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked.signal.aborted) {
      logger.warn({ signal }, 'told to stop once more: exiting at once')
      process.exit(failed)
    }
    logger.info({ signal }, `stopping: what runs may take up to ${shutdownGrace}`)
    asked.abort()
    setTimeout(() => {
      logger.error({}, 'the worker did not stop in time: exiting')
      process.exit(failed)
    }, limitMs).unref()
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return asked.signal
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}

/** After an error that nobody caught nothing is certain any more; other workers take over what this one held. */
function exitOnCrash(logger: Logger): void {
  const crash = (kind: string) => (error: unknown) => {
    logger.fatal({ err: error }, `${kind}: exiting; other workers take over when leases run out`)
    process.exit(failed)
  }
  process.on('unhandledRejection', crash('a promise was rejected and nobody caught it'))
  process.on('uncaughtException', crash('an error was thrown and nobody caught it'))
}

function report(error: unknown, logger: Logger): number {
  if (isBackstepError(error, 'WORKER_STOPPED')) {
    logger.info({}, 'the worker has stopped before it had started')
    return 0
  }
  if (isBackstepError(error) && misuseCodes.has(error.code)) return complain([error.message])
  if (isRefusedByPostgres(error)) {
    return complain([`DATABASE_URL is refused by Postgres: ${error.message}.`])
  }
  logger.fatal({ err: error }, 'the worker has failed')
  return failed
}

/** A wrong user, password or database name. */
function isRefusedByPostgres(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^(28...|3D000)$/.test(String(error.code))
}

function complain(problems: readonly string[]): number {
  for (const problem of problems) process.stderr.write(`backstep-worker: ${problem}\n`)
  return misused
}

function readVersion(): string {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return version
}

// Modules of the application may have left timers or connections open: the end is not theirs to delay.
process.exit(await main())
