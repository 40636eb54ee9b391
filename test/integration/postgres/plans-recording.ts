import { Pool, type PoolConfig } from 'pg'

/** A statement that was sent to Postgres. */
export type SentStatement = {
  readonly text: string
  readonly values: readonly unknown[]
  /** The file of `queries` that it comes from; null for what is written elsewhere. */
  readonly file: string | null
}

/** A pool that tells about each statement before it is sent, and waits for whoever is told. */
export const recordingPool = (
  config: PoolConfig,
  told: (statement: SentStatement) => Promise<void>,
): Pool => {
  const pool = new Pool(config)
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    const query = client.query.bind(client)
    const recorded = (...parameters: readonly unknown[]): unknown => {
      const send = (): unknown => Reflect.apply(query, client, parameters)
      const statement = statementOf(parameters)
      return statement === null ? send() : told(statement).then(send)
    }
    Object.assign(client, { query: recorded })
  })
  return pool
}

/** What is sent with a callback comes from the pool itself, not from the store. */
const statementOf = ([first, second, third]: readonly unknown[]): SentStatement | null => {
  if (typeof second === 'function' || typeof third === 'function') return null
  const { text, values } = sentBy(first, second)
  return text === null ? null : { text, values, file: queryFile() }
}

const sentBy = (
  first: unknown,
  second: unknown,
): { readonly text: string | null; readonly values: readonly unknown[] } => {
  if (typeof first === 'string') return { text: first, values: listOf(second) }
  if (typeof first !== 'object' || first === null || !('text' in first))
    return { text: null, values: [] }
  const text = typeof first.text === 'string' ? first.text : null
  return { text, values: 'values' in first ? listOf(first.values) : [] }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Node follows a stack back through everything that awaits it. */
const queryFile = (): string | null => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 100
  const { stack = '' } = new Error('Who sends this?')
  Error.stackTraceLimit = limit
  return /postgres\/queries\/([\w-]+\.ts)/.exec(stack)?.[1] ?? null
}
