import { testQueueTrouble } from './queue-trouble.ts'

testQueueTrouble('apart')
