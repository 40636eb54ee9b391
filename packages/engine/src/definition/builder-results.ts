import type { DecisionContext } from './handler-context.ts'
import type { MaybePromise, Storable } from './stored-output.ts'

/** The results before the first step. */
export type NoResults = { readonly [Name in never]: never }

/** What a forEach adds to `results`: an entry for each item, with the outputs of its steps. */
export type ItemResults<Added> = readonly { readonly [Key in keyof Added]: Added[Key] }[]

/** What a when adds to `results`: its steps may have been skipped. */
export type PerhapsResults<Added> = { readonly [Key in keyof Added]?: Added[Key] }

/** Gives the list of a forEach; an item must be JSON. */
export type List<Input, Results, Item> = (
  context: DecisionContext<Input, Results>,
) => MaybePromise<readonly (Item & Storable<Item>)[]>

/** Says whether the steps of a when are taken. */
export type Predicate<Input, Results> = (
  context: DecisionContext<Input, Results>,
) => MaybePromise<boolean>
