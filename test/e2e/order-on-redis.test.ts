import { redisUrl } from '../support/server-urls.ts'
import { orderSuite } from './order-suite.ts'

orderSuite('order_on_redis', redisUrl())
