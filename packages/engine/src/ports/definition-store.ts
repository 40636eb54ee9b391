import type { Plan } from '../core/plan.ts'

/** The plans that sagas run on, kept for as long as any of them may be read. */
export interface DefinitionStore {
  /** Stores a plan under its name and version, unless one is there. A different one is returned, and nothing changes. */
  register(definition: StoredDefinition): Promise<RegisterResult>

  /** Undefined when that version was never registered. */
  findDefinition(name: string, version: number): Promise<StoredDefinition | undefined>

  /** All of them, by name and version. */
  listDefinitions(): Promise<readonly ListedDefinition[]>
}

/** A plan with the fingerprint that tells it from any other. */
export interface StoredDefinition {
  readonly fingerprint: string
  readonly plan: Plan
}

/** A row for people. */
export interface ListedDefinition extends StoredDefinition {
  readonly registeredAt: number
  readonly liveSagas: number
}

/** `changed` carries the plan that is stored. */
export type RegisterResult =
  | { readonly status: 'registered' }
  | { readonly status: 'known' }
  | { readonly status: 'changed'; readonly stored: StoredDefinition }
