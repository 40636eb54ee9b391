import type {
  ActionHandlerContext,
  BarrierActionContext,
  BarrierCompensationContext,
  BarrierContext,
  CompensationHandlerContext,
} from './barrier-context.ts'
import { barrierContextInvalid, shown } from './barrier-context-invalid.ts'
import { parseBarrierContext } from './parse-barrier-context.ts'

/**
 * Takes out of a handler's context what a participant's barrier needs, as plain data: send it along with the request to
 * the service that has the barrier. There, `parseBarrierContext` reads it.
 *
 * @throws BackstepError `BARRIER_CONTEXT_INVALID` for anything but a context that the engine has made
 */
export function barrierContextOf(context: CompensationHandlerContext): BarrierCompensationContext
export function barrierContextOf(context: ActionHandlerContext): BarrierActionContext
export function barrierContextOf(
  context: ActionHandlerContext | CompensationHandlerContext,
): BarrierContext
export function barrierContextOf(
  context: ActionHandlerContext | CompensationHandlerContext,
): BarrierContext {
  const { sagaId, step, idempotencyKey } = context
  const kind = 'actionIdempotencyKey' in context ? 'compensation' : 'action'
  const key = readKey(idempotencyKey, { sagaId, step, kind })
  const basics = { sagaId, step, kind, branch: context.branch ?? key.branch }
  const round = context.round ?? key.round
  if (!('actionIdempotencyKey' in context)) return parseBarrierContext({ ...basics, round })
  const action = readKey(context.actionIdempotencyKey, { sagaId, step, kind: 'action' })
  const { outcome } = context
  return parseBarrierContext({ ...basics, round, actionRound: action.round, outcome })
}

/** What is known of a key's parts. */
interface KnownParts {
  readonly sagaId: string
  readonly step: string
  readonly kind: 'action' | 'compensation'
}

/** The parts of an idempotency key that stand between those that are known: names may have slashes themselves. */
function readKey(
  key: string,
  { sagaId, step, kind }: KnownParts,
): { readonly branch: string; readonly round: number } {
  const before = `${sagaId}/`
  const between = `/${step}/${kind}/`
  const at = key.lastIndexOf(between)
  if (!key.startsWith(before) || at <= before.length - 1) {
    throw barrierContextInvalid(
      `has ${shown(key)} as the idempotency key of its ${kind}, which does not belong to the step ${shown(step)}`,
    )
  }
  return { branch: key.slice(before.length, at), round: Number(key.slice(at + between.length)) }
}
