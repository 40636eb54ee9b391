import { parentPort, workerData } from 'node:worker_threads'
import { shippedRules } from './rules.ts'
import { bookOf } from './saga-book.ts'
import { searchAll } from './search.ts'
import { deeper, shapeNamed } from './shapes.ts'

/** What a thread is to search. */
export interface SearchOrder {
  readonly name: string
  readonly deep: boolean
  readonly maximumStates: number
}

const { name, deep, maximumStates }: SearchOrder = workerData
const shape = deep ? deeper(shapeNamed(name)) : shapeNamed(name)
const result = searchAll(bookOf(shape, shippedRules), maximumStates)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(result)
