export {
  createBullmqTaskQueue,
  type BullmqTaskQueueOptions,
  type QueueServer,
} from './create-bullmq-task-queue.ts'
export { migrateQueue, type MigrateQueueOptions } from './migrate-queue.ts'
export { queueSchemaName } from './queue-schema-name.ts'
