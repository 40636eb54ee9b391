import { expect, test } from 'vitest'

import { defineSagas } from '../../../packages/examples/src/define-sagas.ts'
import { openShopDatabase } from '../../../packages/examples/src/shop/shop-database.ts'
import { orderSaga } from '../../e2e/order-saga.ts'

// Nothing connects: the services are asked only when a handler runs.
const { order, travel } = defineSagas(openShopDatabase('postgres://nobody@127.0.0.1:1/none'))

// Sagas run on plans with these fingerprints. A new option must leave no trace in the plan of who does not use it: else
// every registered definition would be refused as changed.
test.each([
  ['order', order, '7c870ae98588ec5978f6ae623b4ab4c33379dd24373412da0aa4eaca6b58b4a1'],
  ['travel', travel, '89d81628b129d415664fda391f4db80e6bcc7e08b7e2e4888b47e86bd0f0e8b7'],
  ['small', orderSaga, 'ea291ff571e7223df8ee735a659d62018a792e1714b7c267873eb35df991ac65'],
])('a plan that uses nothing new keeps its fingerprint: %s', (_name, saga, fingerprint) => {
  expect(saga.fingerprint).toBe(fingerprint)
})
