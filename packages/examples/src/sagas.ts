/** What the worker service runs: `backstep-worker --sagas src/sagas.ts`. */
import type { RegisteredSaga } from '@backstep/engine'

import { defineSagas } from './define-sagas.ts'
import { openShopDatabase } from './shop/shop-database.ts'

// The services of this example live in the same Postgres as Backstep. Yours have addresses of their own.
const { order, travel } = defineSagas(openShopDatabase(process.env['DATABASE_URL'] ?? ''))

/** A worker looks for this name. */
export const sagas: readonly RegisteredSaga[] = [order, travel]
