export { ManualClock, type ManualClockOptions } from './manual-clock.ts'
export { MemoryStore, type MemoryStoreOptions } from './memory-store.ts'
export { MemoryTaskQueue, type MemoryTaskQueueOptions } from './memory-task-queue.ts'
export { SeededIds } from './seeded-ids.ts'
