import type { StandardSchemaV1 } from '@standard-schema/spec'

/** What a handler may return: a value now, or later. */
export type MaybePromise<Value> = Value | Promise<Value>

/** A value as it is read back after it was stored: what a handler does not return is null. */
export type Stored<Value> = Value extends undefined | void ? null : Value

/** Stands for the schema of a step that has none. */
export type NoSchema = StandardSchemaV1<unknown, never>

/** What a step adds to `results`: the schema's output where there is a schema, else what the action returns. */
export type StepOutput<Returned, Schema extends StandardSchemaV1> = [
  StandardSchemaV1.InferOutput<Schema>,
] extends [never]
  ? Stored<Returned>
  : StandardSchemaV1.InferOutput<Schema>

/** What a probe reports for the action: what that would have returned. */
export type ProbedOutput<Returned, Schema extends StandardSchemaV1> = [
  StandardSchemaV1.InferOutput<Schema>,
] extends [never]
  ? Returned
  : Widened<StandardSchemaV1.InferInput<Schema>>

/**
 * What an action's return type is checked against. It can be stored, or it has the shape that the schema takes. What is
 * `unknown` to the compiler is left to the checks at run time.
 */
export type ActionReturn<Returned, Schema extends StandardSchemaV1> = unknown extends Returned
  ? unknown
  : [StandardSchemaV1.InferOutput<Schema>] extends [never]
    ? Storable<Returned>
    : Widened<StandardSchemaV1.InferInput<Schema>>

/**
 * Turns what cannot be stored as JSON into the message of its own compile error, wherever it is in the value. Classes of
 * the application are left to the check at run time: to the compiler they are objects.
 */
export type Storable<Value> = unknown extends Value
  ? unknown
  : Value extends string | number | boolean | null | undefined | void
    ? unknown
    : Value extends (...parameters: never) => unknown
      ? 'A function cannot be stored.'
      : Value extends symbol
        ? 'A symbol cannot be stored: return a string.'
        : Value extends bigint
          ? 'A bigint cannot be stored: return a string.'
          : Value extends Date
            ? 'A Date cannot be stored: return an ISO string.'
            : Value extends ReadonlyMap<unknown, unknown>
              ? 'A Map cannot be stored: return an object.'
              : Value extends ReadonlySet<unknown>
                ? 'A Set cannot be stored: return an array.'
                : { readonly [Key in keyof Value]: Storable<Value[Key]> }

/** Without literals, which the compiler has forgotten by the time it looks at what an async function returns. */
type Widened<Value> = unknown extends Value
  ? unknown
  : Value extends string
    ? string
    : Value extends number
      ? number
      : Value extends boolean
        ? boolean
        : Value extends object
          ? { readonly [Key in keyof Value]: Widened<Value[Key]> }
          : Value
