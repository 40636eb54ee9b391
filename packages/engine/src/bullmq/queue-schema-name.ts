import { BackstepError } from '../core/backstep-error.ts'

const SUFFIX = '_bullmq'
/** What BullMQ takes for a schema, less the suffix. */
const SCHEMA = /^[A-Za-z_][A-Za-z0-9_$]{0,55}$/

/**
 * The schema in which BullMQ keeps its own tables when there is no Redis, beside the one that is given.
 *
 * @throws BackstepError `CONFIGURATION_INVALID` when the given name is not a plain identifier of 56 characters or fewer
 */
export const queueSchemaName = (schema: string): string => {
  if (!SCHEMA.test(schema)) {
    throw new BackstepError(
      'CONFIGURATION_INVALID',
      `${JSON.stringify(schema.slice(0, 100))} cannot name a schema: use a letter or _ and then up to 55 letters, digits, _ or $.`,
    )
  }
  return `${schema}${SUFFIX}`
}
