/**
 * The demo: a shop takes orders and trips, much goes wrong, the worker is killed half-way, and in the end everything adds
 * up. The exit code is 1 when something does not, or does not end in time.
 *
 *   node --conditions=@backstep/source packages/examples/src/demo.ts [--orders N] [--keep]
 */
import { readDemoArguments, type DemoOptions } from './demo/demo-options.ts'
import { explainCommands, showSaga } from './demo/look-around.ts'
import { listSagas } from './demo/list-sagas.ts'
import { mendStuckSagas } from './demo/mend-stuck-sagas.ts'
import { Progress } from './demo/progress.ts'
import { report } from './demo/report.ts'
import { runSagas } from './demo/run-sagas.ts'
import { readSagaRequests } from './demo/saga-request.ts'
import { setStage, type Endings } from './demo/stage.ts'
import { startWorkerProcess } from './demo/worker-process.ts'

const limitMs = 120_000
const interruptedExitCode = 130

async function play(
  { orders, keep }: DemoOptions,
  endings: Endings,
  interrupted: AbortSignal,
): Promise<boolean> {
  const overdue = new AbortController()
  const tooLong = new Error(`Not every saga has ended within ${limitMs / 1_000} seconds.`)
  setTimeout(() => overdue.abort(tooLong), limitMs).unref()
  const signal = AbortSignal.any([interrupted, overdue.signal])
  const requests = (await readSagaRequests()).slice(0, orders)
  const stage = await setStage(process.env, endings)
  signal.throwIfAborted()
  console.log(stage.description)
  const shift = { worker: await startWorkerProcess(stage.env) }
  endings.push(() => shift.worker.stop())
  console.log(
    `A worker takes tasks (process ${shift.worker.pid}). ${requests.length} sagas to run.`,
  )

  const progress = new Progress(process.stdout, requests.length)
  await runSagas({ stage, shift, progress }, requests, signal)
  const stuck = await listSagas(stage.backstep, ['stuck'])
  if (stuck.length > 0) await mendStuckSagas(stage, stuck)
  const ok = await report(stage, requests, stuck)

  const [example] = stuck.length > 0 ? stuck : await stage.backstep.list({ limit: 1 })
  if (example !== undefined) await showSaga(stage, example.sagaId)
  console.log(ok ? 'Everything adds up.' : 'Something does not add up.')
  if (keep && example !== undefined) {
    explainCommands(stage, example.sagaId)
    await aborted(interrupted)
  }
  return ok
}

async function main(options: DemoOptions): Promise<number> {
  const interrupt = new AbortController()
  const onSignal = (): void => {
    // Who presses Ctrl-C again does not want to wait. What was started here ends with this process.
    if (interrupt.signal.aborted) process.exit(interruptedExitCode)
    interrupt.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal)
  const endings: Endings = []
  try {
    const ok = await play(options, endings, interrupt.signal)
    return ok ? 0 : 1
  } catch (error) {
    if (interrupt.signal.aborted) {
      console.log('\nInterrupted.')
      return interruptedExitCode
    }
    console.error(`\n${messageOf(error)}`)
    return 1
  } finally {
    // What was opened last is closed first; what fails to close must not keep the rest open.
    for (const end of endings.toReversed()) await end().catch(() => {})
  }
}

/** What was aborted says only that; why it was is in its cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'AbortError' ? messageOf(error.cause) : error.message
}

async function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
}

const given = readDemoArguments(process.argv.slice(2))
switch (given.command) {
  case 'run':
    // Not left to end by itself: when it was interrupted, it may still be waiting for something that nobody needs now.
    process.exit(await main(given.options))
    break
  case 'print':
    console.log(given.text)
    process.exitCode = given.exitCode
    break
}
