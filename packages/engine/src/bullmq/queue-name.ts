import { BackstepError } from '../core/backstep-error.ts'

const LONGEST_BYTES = 255
const CONTROL_CHARACTER = /\p{Cc}/u
const SPECIAL_CHARACTERS = /[%:{}]/g

/**
 * The name under which BullMQ knows a queue. A colon stands between the parts of its keys and braces around the part that
 * says where in a Redis Cluster they are: these are written as `%` and two digits.
 *
 * @throws BackstepError `ID_INVALID` when the name is empty, longer than 255 bytes or cannot be stored
 */
export const toBullmqName = (queue: string): string => {
  const usable =
    queue.length > 0 &&
    Buffer.byteLength(queue) <= LONGEST_BYTES &&
    queue.isWellFormed() &&
    !CONTROL_CHARACTER.test(queue)
  if (!usable) {
    throw new BackstepError(
      'ID_INVALID',
      `${JSON.stringify(queue.slice(0, LONGEST_BYTES))} cannot name a queue: use 1 to ${LONGEST_BYTES} bytes without control characters.`,
    )
  }
  return queue.replaceAll(
    SPECIAL_CHARACTERS,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
