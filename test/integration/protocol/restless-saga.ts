import { setTimeout as passTime } from 'node:timers/promises'

import { defineSaga, reject, type SagaDefinition } from '@backstep/engine'
import { z } from 'zod'

const steps = ['reserve', 'book', 'charge', 'ship'] as const
type Step = (typeof steps)[number]

/** What the participants of one saga's steps have done: each refuses an action that comes after its undo. */
export class Participants {
  readonly #effects = new Map<string, 'stands' | 'undone'>()

  act(sagaId: string, step: Step): void {
    const name = `${sagaId}/${step}`
    if (this.#effects.get(name) === 'undone') throw reject('undone', 'It was undone before.')
    this.#effects.set(name, 'stands')
  }

  undo(sagaId: string, step: Step): void {
    this.#effects.set(`${sagaId}/${step}`, 'undone')
  }

  /** The steps of a saga whose effects stand. */
  standing(sagaId: string): readonly Step[] {
    return steps.filter((step) => this.#effects.get(`${sagaId}/${step}`) === 'stands')
  }
}

const retry = { initialInterval: '10ms', maximumInterval: '50ms', maximumAttempts: 4 } as const
const deafMs = 600

/** A saga of which everything goes wrong now and then: rejected, failed before or after the effect, deaf and late. */
export function restlessSaga(participants: Participants): SagaDefinition<object, unknown> {
  const action =
    (step: Step) =>
    async ({ sagaId }: { readonly sagaId: string }): Promise<null> => {
      const luck = Math.random()
      if (luck < 0.1) throw reject('no', 'No.')
      if (luck < 0.2) throw new Error('It failed before its effect.')
      await passTime(luck < 0.27 ? deafMs : luck * 40)
      participants.act(sagaId, step)
      if (luck < 0.4) throw new Error('It failed after its effect.')
      if (luck < 0.45) await passTime(deafMs)
      return null
    }
  const undone = (step: Step) =>
    ({
      compensation: async ({ sagaId }: { readonly sagaId: string }): Promise<void> => {
        if (Math.random() < 0.2) throw new Error('It failed before it undid anything.')
        participants.undo(sagaId, step)
        if (Math.random() < 0.2) throw new Error('It failed after it undid everything.')
      },
      compensationOptions: { retry: { ...retry, maximumAttempts: 5 }, timeout: '300ms' },
    }) as const
  return defineSaga({
    name: 'restless',
    version: 1,
    input: z.object({}),
    defaults: { timeout: '200ms' },
  })
    .step('reserve', { retry, action: action('reserve'), ...undone('reserve') })
    .step('book', {
      retry: { ...retry, maximumAttempts: 1 },
      queue: 'second',
      action: action('book'),
      ...undone('book'),
    })
    .pivot('charge', { retry, action: action('charge') })
    .step('ship', {
      retry: { ...retry, maximumAttempts: 'unlimited' },
      queue: 'second',
      action: action('ship'),
    })
}
