import { createHash } from 'node:crypto'
import { BackstepError } from '../core/backstep-error.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { checkPayload } from '../core/payload.ts'
import type { Plan } from '../core/plan.ts'
import { queueAt } from '../core/plan-steps.ts'
import { mainBranch } from '../core/state.ts'
import type { RegisteredSaga, SagaDefinition } from '../definition/saga-definition.ts'
import { validateDefinition } from '../definition/validate-definition.ts'
import type { TaskHint } from '../ports/task-store.ts'
import { checkText } from './check-id.ts'
import { hintOf, startHere, type SagaDraft } from './eager-start.ts'
import { makeSaga, type SettledStart } from './make-saga.ts'
import { defaultDispatchGraceMs } from './settings.ts'
import type { SharedParts } from './shared-parts.ts'

/** How a saga is started. */
export interface StartSagaOptions<Input> {
  readonly input: Input
  /** The caller's own name for this saga, unique for the definition: started again with the same input, it is the same saga. */
  readonly key?: string
  /**
   * The caller's own transaction: a Kysely transaction, or a pg client inside BEGIN. The saga exists if and only if that
   * commits.
   */
  readonly transaction?: unknown
}

/** A saga that exists, and the hint to its first task. */
export interface StartedSaga {
  readonly sagaId: string
  readonly hint: TaskHint
}

/** Checks everything first, then makes the saga in one commit; nothing is written when anything is wrong. */
export async function startSaga<Input, Output>(
  shared: Pick<SharedParts, 'engine' | 'registry' | 'hints' | 'locals'>,
  saga: SagaDefinition<Input, Output>,
  options: StartSagaOptions<Input>,
): Promise<StartedSaga> {
  const { engine, registry } = shared
  const { key, transaction } = options
  const registered = validateDefinition(saga)
  const draft = await draftOf(shared, registered, options)
  await registry.register(registered)
  const result =
    transaction === undefined
      ? await startHere(shared, draft)
      : await startIn(engine, draft, transaction)
  const { sagaId } = accept(result, registered.plan, key)
  return { sagaId, hint: { ...hintOf(draft), sagaId } }
}

/** Nobody can take the first turn before the caller has committed. */
async function startIn(
  engine: SharedParts['engine'],
  draft: SagaDraft,
  transaction: unknown,
): Promise<SettledStart> {
  const record = { ...draft, claim: null }
  const made = await makeSaga(engine, { record: () => record, transaction, onBusy: () => {} })
  return made.result
}

async function draftOf(
  { engine, hints }: Pick<SharedParts, 'engine' | 'hints'>,
  { plan, validateInput }: RegisteredSaga,
  { input, key, transaction }: StartSagaOptions<unknown>,
): Promise<SagaDraft> {
  const name = key === undefined ? null : checkText(key, 'key')
  const valid = await validateInput(input)
  const { value } = checkPayload(valid, `The input of saga "${plan.name}"`)
  const queue = queueAt(plan, 0)
  return {
    sagaId: engine.ids.sortable(),
    appendId: engine.ids.unique(),
    event: {
      type: 'saga_started',
      name: plan.name,
      version: plan.version,
      key: name,
      input: value,
    },
    inputHash:
      name === null ? null : createHash('sha256').update(canonicalJson(value)).digest('hex'),
    task: {
      branch: mainBranch,
      queue,
      nonce: engine.ids.nonce(),
      delayMs: 0,
      // Nobody sends a hint for what the caller has yet to commit: the next sweep is what finds it.
      dispatchGraceMs: transaction === undefined ? hints.graceMs(defaultDispatchGraceMs) : 0,
    },
  }
}

function accept(result: SettledStart, plan: Plan, key: string | undefined): SettledStart {
  if (result.status !== 'conflict') return result
  throw new BackstepError(
    'KEY_CONFLICT',
    `Key ${JSON.stringify(key)} of saga "${plan.name}" belongs to saga ${result.sagaId}, which was started with another input. Use another key, or look at "backstep show ${result.sagaId}".`,
  )
}
