/** A server that speaks Redis, and what its environment needs (where its libraries are). */
export type RedisBinary = { readonly file: string; readonly env: NodeJS.ProcessEnv }
