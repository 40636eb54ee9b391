export {
  readConfiguration,
  type ConfigurationResult,
  type LogLevel,
  type WorkerConfiguration,
} from './configuration.ts'
export { createLogger } from './create-logger.ts'
export { loadQueues } from './load-queues.ts'
export { loadSagas } from './load-sagas.ts'
export {
  startWorkerService,
  type WorkerService,
  type WorkerServiceOptions,
} from './worker-service.ts'
