export { keepHeapSmall } from './keep-heap-small.ts'
