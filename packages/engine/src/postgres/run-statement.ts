import { setTimeout as sleep } from 'node:timers/promises'
import { isTransient, toBackstepError } from './sql-state.ts'

const maximumTries = 6
const pauseMs = 5

/**
 * Runs one statement that is a transaction of its own, again where Postgres asks for that (serialization failure,
 * deadlock).
 *
 * @throws BackstepError with our code for what went wrong, where there is one
 */
export async function runStatement<T>(statement: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await statement()
    } catch (error) {
      if (!isTransient(error) || tries === maximumTries) throw toBackstepError(error)
    }
    await sleep(Math.random() * pauseMs * 2 ** tries)
  }
}
