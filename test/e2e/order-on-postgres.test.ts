import { orderSuite } from './order-suite.ts'

orderSuite('order_on_postgres')
