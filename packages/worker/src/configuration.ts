import { parseDuration, type Duration } from '@backstep/engine'
import { z } from 'zod'

/** Everything that a worker service can be told; docs/configuration.md has the table. */
export interface WorkerConfiguration {
  readonly databaseUrl: string
  /** Without it hints go through BullMQ's tables in the same Postgres. */
  readonly redisUrl?: string
  /** The Postgres schema of Backstep's tables. */
  readonly schema: string
  /** Unless set, all queues that the sagas name. */
  readonly queues?: readonly string[]
  /** Turns at once. */
  readonly concurrency: number
  /** Connections for transactional steps: so many of them run at once. */
  readonly transactionConnections: number
  readonly lease: Duration
  readonly heartbeat: Duration
  readonly sweep: Duration
  readonly shutdownGrace: Duration
  readonly abortGrace: Duration
  readonly httpHost: string
  /** 0 takes any free port; the log says which. */
  readonly httpPort: number
  readonly logLevel: LogLevel
}

/** Pino's levels. */
export type LogLevel = (typeof logLevels)[number]

/** What the environment holds: settings, or all that is wrong with them, one readable line for each. */
export type ConfigurationResult =
  | { readonly ok: true; readonly configuration: WorkerConfiguration }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Reads the settings of a worker service. A variable that is empty counts as not set. */
export function readConfiguration(
  variables: Readonly<Record<string, string | undefined>>,
): ConfigurationResult {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim()))
  const read = environment.safeParse(set)
  const timing = timings.safeParse(set)
  const problems = [
    ...(read.success ? [] : read.error.issues.map(({ message }) => message)),
    ...(timing.success ? misfits(timing.data) : []),
  ]
  if (!read.success || problems.length > 0) return { ok: false, problems }
  return { ok: true, configuration: configurationOf(read.data) }
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

function duration(name: string, fallback: Duration) {
  const read = z.string().superRefine((value, context) => {
    try {
      parseDuration(value, name)
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) })
    }
  })
  return read.default(fallback)
}

function whole(name: string, { minimum, maximum, fallback }: WholeOptions) {
  const refusal = (value: string): string =>
    `${name} is ${JSON.stringify(value)}; set a whole number from ${minimum} to ${maximum}.`
  return z
    .string()
    .refine((value) => /^\d{1,9}$/.test(value) && isWithin(Number(value), minimum, maximum), {
      error: ({ input }) => refusal(String(input)),
    })
    .transform(Number)
    .default(fallback)
}

interface WholeOptions {
  readonly minimum: number
  readonly maximum: number
  readonly fallback: number
}

/** An address may hold a password, so messages never repeat it. */
function address(name: string, protocols: readonly string[], example: string) {
  return z
    .string({ error: `${name} is not set; set it to an address such as ${example}.` })
    .refine((value) => protocols.includes(URL.parse(value)?.protocol ?? ''), {
      error: `${name} is no address of the kind ${protocols.join('// or ')}//; set one such as ${example}.`,
    })
}

const timings = z.object({
  BACKSTEP_LEASE: duration('BACKSTEP_LEASE', '10s'),
  BACKSTEP_HEARTBEAT: duration('BACKSTEP_HEARTBEAT', '3s'),
  BACKSTEP_SHUTDOWN_GRACE: duration('BACKSTEP_SHUTDOWN_GRACE', '25s'),
  BACKSTEP_ABORT_GRACE: duration('BACKSTEP_ABORT_GRACE', '5s'),
})

const environment = timings.extend({
  DATABASE_URL: address(
    'DATABASE_URL',
    ['postgres:', 'postgresql:'],
    'postgres://user@host:5432/db',
  ),
  REDIS_URL: address('REDIS_URL', ['redis:', 'rediss:'], 'redis://host:6379').optional(),
  BACKSTEP_SCHEMA: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_$]{0,55}$/, {
      error: ({ input }) =>
        `BACKSTEP_SCHEMA is ${JSON.stringify(input)}; use a letter or _ and then up to 55 letters, digits, _ or $.`,
    })
    .default('backstep'),
  BACKSTEP_QUEUES: z
    .string()
    .transform((value) => value.split(',').map((queue) => queue.trim()))
    .refine((queues) => queues.every((queue) => queue !== ''), {
      error: 'BACKSTEP_QUEUES has an empty name; separate the names of queues by single commas.',
    })
    .optional(),
  BACKSTEP_CONCURRENCY: whole('BACKSTEP_CONCURRENCY', {
    minimum: 1,
    maximum: 10_000,
    fallback: 200,
  }),
  BACKSTEP_TRANSACTION_CONNECTIONS: whole('BACKSTEP_TRANSACTION_CONNECTIONS', {
    minimum: 1,
    maximum: 1_000,
    fallback: 5,
  }),
  BACKSTEP_SWEEP: duration('BACKSTEP_SWEEP', '1s'),
  BACKSTEP_HTTP_HOST: z.string().default('127.0.0.1'),
  BACKSTEP_HTTP_PORT: whole('BACKSTEP_HTTP_PORT', { minimum: 0, maximum: 65_535, fallback: 9_464 }),
  BACKSTEP_LOG_LEVEL: z
    .enum(logLevels, {
      error: ({ input }) =>
        `BACKSTEP_LOG_LEVEL is ${JSON.stringify(input)}; set one of ${logLevels.join(', ')}.`,
    })
    .default('info'),
})

/** Durations that are right by themselves and wrong beside each other. */
function misfits(values: z.infer<typeof timings>): readonly string[] {
  const { BACKSTEP_LEASE: lease, BACKSTEP_HEARTBEAT: heartbeat } = values
  const { BACKSTEP_SHUTDOWN_GRACE: shutdown, BACKSTEP_ABORT_GRACE: abort } = values
  const beatsTooSeldom = parseDuration(heartbeat, 'heartbeat') * 3 > parseDuration(lease, 'lease')
  const abortsTooLong = parseDuration(abort, 'abort') >= parseDuration(shutdown, 'shutdown')
  return [
    ...(beatsTooSeldom
      ? [
          `BACKSTEP_HEARTBEAT (${heartbeat}) is more than a third of BACKSTEP_LEASE (${lease}); set a longer lease or a shorter heartbeat.`,
        ]
      : []),
    ...(abortsTooLong
      ? [
          `BACKSTEP_ABORT_GRACE (${abort}) is not shorter than BACKSTEP_SHUTDOWN_GRACE (${shutdown}); handlers would never be waited for.`,
        ]
      : []),
  ]
}

function configurationOf(values: z.infer<typeof environment>): WorkerConfiguration {
  const { REDIS_URL: redisUrl, BACKSTEP_QUEUES: queues } = values
  return {
    databaseUrl: values.DATABASE_URL,
    ...(redisUrl === undefined ? {} : { redisUrl }),
    schema: values.BACKSTEP_SCHEMA,
    ...(queues === undefined ? {} : { queues }),
    concurrency: values.BACKSTEP_CONCURRENCY,
    transactionConnections: values.BACKSTEP_TRANSACTION_CONNECTIONS,
    lease: values.BACKSTEP_LEASE,
    heartbeat: values.BACKSTEP_HEARTBEAT,
    sweep: values.BACKSTEP_SWEEP,
    shutdownGrace: values.BACKSTEP_SHUTDOWN_GRACE,
    abortGrace: values.BACKSTEP_ABORT_GRACE,
    httpHost: values.BACKSTEP_HTTP_HOST,
    httpPort: values.BACKSTEP_HTTP_PORT,
    logLevel: values.BACKSTEP_LOG_LEVEL,
  }
}

function isWithin(value: number, minimum: number, maximum: number): boolean {
  return value >= minimum && value <= maximum
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
