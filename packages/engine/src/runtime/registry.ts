import { BackstepError } from '../core/backstep-error.ts'
import type { Plan } from '../core/plan.ts'
import { planDifferences } from '../core/plan-difference.ts'
import type { RegisteredSaga } from '../definition/saga-definition.ts'
import { validateDefinition } from '../definition/validate-definition.ts'
import type { DefinitionStore } from '../ports/definition-store.ts'

/** What is known of a saga definition here: its plan, and its code where this process has it. */
export interface KnownDefinition {
  readonly plan: Plan
  readonly saga: RegisteredSaga | null
}

/** The definitions that this process knows: those that it registered with their code, and stored plans of others. */
export class Registry {
  readonly #definitions: DefinitionStore
  readonly #registered = new Map<string, Promise<RegisteredSaga>>()
  readonly #plans = new Map<string, Plan>()
  readonly #atHand = new Map<string, KnownDefinition>()

  constructor(definitions: DefinitionStore) {
    this.#definitions = definitions
  }

  /**
   * Stores the definition's plan, once for each process.
   *
   * @throws BackstepError `DEFINITION_INVALID`; `DEFINITION_CHANGED` when another plan is stored under its name and version
   */
  async register(given: RegisteredSaga): Promise<void> {
    const saga = validateDefinition(given)
    const name = nameOf(saga.plan.name, saga.plan.version)
    if (this.#atHand.get(name)?.saga === saga) return
    const known = this.#registered.get(name)
    if (known !== undefined) {
      const registered = await known
      if (registered !== saga) compare(saga, registered.plan)
      return
    }
    const registering = this.#store(saga)
    this.#registered.set(name, registering)
    // A failure must not stay: Postgres may be back the next time.
    registering.catch(() => this.#registered.delete(name))
    await registering
  }

  /** What is known of a definition whose code this process has stored already. */
  atHand(name: string, version: number): KnownDefinition | undefined {
    return this.#atHand.get(nameOf(name, version))
  }

  /** Undefined when neither this process nor the database knows that version. */
  async find(name: string, version: number): Promise<KnownDefinition | undefined> {
    const saga = (await this.#registered.get(nameOf(name, version))) ?? null
    if (saga !== null) return { plan: saga.plan, saga }
    const cached = this.#plans.get(nameOf(name, version))
    if (cached !== undefined) return { plan: cached, saga: null }
    const stored = await this.#definitions.findDefinition(name, version)
    if (stored === undefined) return undefined
    this.#plans.set(nameOf(name, version), stored.plan)
    return { plan: stored.plan, saga: null }
  }

  async #store(saga: RegisteredSaga): Promise<RegisteredSaga> {
    const { plan, fingerprint } = saga
    const result = await this.#definitions.register({ plan, fingerprint })
    if (result.status === 'changed') compare(saga, result.stored.plan)
    this.#atHand.set(nameOf(plan.name, plan.version), { plan, saga })
    return saga
  }
}

function nameOf(name: string, version: number): string {
  return `${version}@${name}`
}

function compare(saga: RegisteredSaga, stored: Plan): void {
  const differences = planDifferences(stored, saga.plan)
  if (differences.length === 0) return
  const { name, version } = saga.plan
  throw new BackstepError(
    'DEFINITION_CHANGED',
    `Saga "${name}" version ${version} is registered with another plan: ${differences.join('; ')}. ` +
      `Sagas may be running on it, so give the changed definition version ${version + 1}.`,
  )
}
