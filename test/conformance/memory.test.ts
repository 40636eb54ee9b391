import { openMemory } from './open-memory.ts'
import { storeConformance } from './store-conformance.ts'

storeConformance('memory', openMemory)
