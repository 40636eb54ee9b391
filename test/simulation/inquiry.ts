import { stepNode } from '../../packages/engine/src/core/plan-steps.ts'
import {
  noEffect,
  stillUnknown,
  tookEffect,
  type ProbeAnswer,
} from '../../packages/engine/src/definition/probe-answer.ts'
import type { RegisteredSaga } from '../../packages/engine/src/definition/saga-definition.ts'
import { givenProblems } from './given-problems.ts'
import { readKey } from './ledger.ts'
import type { Called, PerformerOptions } from './performer-options.ts'
import { glimpseAt, readScript } from './script.ts'
import { probeProblems } from './start-problems.ts'
import { placeOf } from './step-keys.ts'

/** One call of a probe: somebody asks a participant what became of an action. */
export class Inquiry {
  readonly #options: PerformerOptions
  readonly #definition: RegisteredSaga

  constructor(options: PerformerOptions, definition: RegisteredSaga) {
    this.#options = options
    this.#definition = definition
  }

  async play(called: Called): Promise<ProbeAnswer<unknown>> {
    this.#judge(called)
    const { faults } = this.#options
    const { input, step, attempt } = called
    const act = readScript(input).probes[step]
    if (act === undefined)
      throw new RangeError(`The script has nothing for the probe of "${step}".`)
    if (act.workMs > 0) await this.#options.node.clock.sleep(act.workMs)
    switch (glimpseAt(act, attempt)) {
      case 'throw':
        faults.count('probe_threw')
        throw new Error('The participant cannot be asked.')
      case 'unsure':
        faults.count('probe_unsure')
        return stillUnknown()
      case 'hang':
        faults.count('probe_hung')
        return Promise.withResolvers<never>().promise
      case 'tell':
        return this.#ask(called)
    }
  }

  /** What must hold whenever a probe is asked. */
  #judge({ sagaId, step, branch, item, index, idempotencyKey }: Called): void {
    const { node, witness, timeline, ledger, queues } = this.#options
    const { plan } = this.#definition
    const record = witness.sagas.get(sagaId)
    const place = placeOf(plan, sagaId, step)
    const key = readKey(idempotencyKey) ?? { place: '', direction: 'action', round: 1 }
    const given = { step, branch, ...(index === undefined ? {} : { item, index }) }
    const problems = [
      ...givenProblems(plan, given).map((what) => `with ${what}`),
      ...(record === undefined
        ? ['of a saga that is not there']
        : probeProblems(plan, record, { step, node, startedMs: timeline.nowMs })),
      ...(key.direction === 'action' && key.place === place ? [] : [`with ${idempotencyKey}`]),
      ...(queues.includes(stepNode(plan, step).queue) ? [] : ['and does not serve its queue']),
      ...(ledger.isActionAtWork({ place, actionRound: key.round }, timeline.nowMs)
        ? ['while it may still be at work']
        : []),
    ]
    for (const what of problems) {
      witness.accuse(sagaId, `${node.name} asks the probe of "${step}" ${what}`)
    }
  }

  #ask({ sagaId, step, attempt, idempotencyKey }: Called): Promise<ProbeAnswer<unknown>> {
    const { node, timeline, draws, ledger } = this.#options
    const { promise, resolve } = Promise.withResolvers<ProbeAnswer<unknown>>()
    const place = placeOf(this.#definition.plan, sagaId, step)
    const asked = { place, actionRound: readKey(idempotencyKey)?.round ?? 1 }
    timeline.after(draws.between(0, 10), null, `${node.name} looks at ${place}`, () => {
      const answer = ledger.tookEffect(asked) ? tookEffect({ by: node.name, attempt }) : noEffect()
      node.reach(draws.between(0, 3), `is told: ${answer.status}`, () => resolve(answer))
    })
    return promise
  }
}
