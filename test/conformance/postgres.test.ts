import { afterAll } from 'vitest'

import { postgresStores } from './postgres-stores.ts'
import { storeConformance } from './store-conformance.ts'

const stores = await postgresStores()
afterAll(() => stores.end())

storeConformance('postgres', stores.open)
