import type { Backstep, SagaRow } from '@backstep/engine'
import type { Pool } from 'pg'

import { unsoundRows } from '../journal-audit.ts'
import type { Effect, Ledger } from '../ledger.ts'
import type { Scene, Shape } from './shapes.ts'

/** What a judge looks at. */
export interface Evidence {
  readonly backstep: Backstep
  readonly ledger: Ledger
  /** The saga's own database, where transactional steps have their effects. */
  readonly pool: Pool
}

/** An effect of the saga that is judged; they are in order. */
type OwnEffect = Pick<Effect, 'step' | 'direction'>

/** What is wrong with what came of a scene; nothing when all is well. */
export async function problemsOf(
  { backstep, ledger, pool }: Evidence,
  shape: Shape,
  { id }: Scene,
): Promise<readonly string[]> {
  const [saga, ...others] = await backstep.list({ key: id })
  if (saga === undefined) return ['There is no saga.']
  const { sagaId, status } = saga
  const own = ledger.effects().filter((effect) => effect.saga === sagaId)
  const written = await writtenBy(pool, sagaId)
  return [
    ...others.map((other) => `There is another saga, ${other.sagaId}.`),
    ...(status === shape.ends ? [] : [`The saga is ${describe(saga)}, not ${shape.ends}.`]),
    ...effectProblems(shape, own, written),
    ...(await unsoundRows(backstep, [sagaId])),
  ]
}

/** What is wrong with the effects of a saga: with those in the ledger, and with those that its transactions have written. */
export function effectProblems(
  shape: Pick<Shape, 'lines' | 'ends'>,
  own: readonly OwnEffect[],
  written: readonly string[],
): readonly string[] {
  return [
    ...wrongEffects(shape, own, written),
    ...shape.lines.flatMap((line) => disorder(line, own)),
  ]
}

/** How often a lease of the scene's saga was taken over. */
export async function takeoversOf({ backstep }: Evidence, { id }: Scene): Promise<number> {
  const [saga] = await backstep.list({ key: id })
  if (saga === undefined) return 0
  const { journal } = await backstep.describe(saga.sagaId)
  return journal.flatMap(({ events }) => events).filter(({ type }) => type === 'lease_lost').length
}

function describe({ status, stuckCode, stuckStep, failure }: SagaRow): string {
  return `${status} ${JSON.stringify({ stuckCode, stuckStep, failure })}`
}

async function writtenBy(pool: Pool, sagaId: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ readonly step: string }>(
    'select step from public.effects where saga = $1 order by id',
    [sagaId],
  )
  return rows.map(({ step }) => step)
}

/** Each effect is there once, or not at all: a completed saga's all stand, a compensated one's are all gone. */
function wrongEffects(
  { lines, ends }: Pick<Shape, 'lines' | 'ends'>,
  own: readonly OwnEffect[],
  written: readonly string[],
): readonly string[] {
  const steps = [...new Set([...lines.flat(), ...own.map(({ step }) => step), ...written])]
  const expected = ends === 'completed' ? 1 : 0
  const wrong: string[] = []
  for (const step of steps) {
    const count = (direction: Effect['direction']): number =>
      own.filter((effect) => effect.step === step && effect.direction === direction).length
    const done = count('action') + written.filter((other) => other === step).length
    const net = done - count('compensation')
    if (net !== expected) wrong.push(`"${step}" has net effect ${net}, not ${expected}.`)
    if (done > 1) wrong.push(`"${step}" took effect ${done} times.`)
  }
  return wrong
}

/** Actions come in the order of the line, and undos in the reverse of it. */
function disorder(line: readonly string[], own: readonly OwnEffect[]): readonly string[] {
  const order = (direction: Effect['direction']): readonly string[] =>
    own
      .filter((effect) => effect.direction === direction && line.includes(effect.step))
      .map(({ step }) => step)
  const done = order('action')
  const undone = order('compensation')
  return [
    ...(isOrdered(line, done) ? [] : [`Done in the order ${done.join()}.`]),
    ...(isOrdered(line.toReversed(), undone) ? [] : [`Undone in the order ${undone.join()}.`]),
  ]
}

function isOrdered(line: readonly string[], steps: readonly string[]): boolean {
  return steps.join() === line.filter((step) => steps.includes(step)).join()
}
