import { createBackstep, defineSaga, kyselyOf, reject, startWorker } from '@backstep/engine'
import { Pool } from 'pg'
import { z } from 'zod'

interface Tables {
  vouchers: { code: string; cents: number }
}

const redeem = defineSaga({
  name: 'redeem',
  version: 1,
  input: z.object({ code: z.string(), cents: z.int() }),
})
  .step('takeFromVoucher', {
    transactional: true,
    action: async ({ transaction, input }) => {
      const { rows } = await transaction.query<{ left: number }>(
        'update vouchers set cents = cents - $2 where code = $1 and cents >= $2 returning cents as left',
        [input.code, input.cents],
      )
      if (rows[0] === undefined) throw reject('voucher_too_small', 'There is not enough on it.')
      return { left: rows[0].left }
    },
    compensation: async ({ transaction, input }) => {
      await kyselyOf<Tables>(transaction)
        .updateTable('vouchers')
        .set(({ eb }) => ({ cents: eb('cents', '+', input.cents) }))
        .where('code', '=', input.code)
        .execute()
    },
    compensationOptions: { transactional: true },
  })
  .pivot('ship', {
    action: ({ input }) => {
      if (input.cents > 1_000) throw reject('out_of_stock', 'We have nothing that costs so much.')
    },
  })
  .output(({ results }) => results.takeFromVoucher)

const databaseUrl = process.env['DATABASE_URL']
const database = new Pool({ connectionString: databaseUrl })
await database.query('create table if not exists vouchers (code text primary key, cents int)')
await database.query(`insert into vouchers values ('HELLO', 2000) on conflict do nothing`)

const backstep = createBackstep({ databaseUrl })
const worker = await startWorker({ backstep, sagas: [redeem] })
for (const cents of [300, 1_500, 5_000]) {
  const saga = await backstep.start(redeem, { input: { code: 'HELLO', cents } })
  const result = await saga.result()
  const how = result.status === 'completed' ? `, ${result.output.left} left` : ''
  console.log(`${cents}: ${result.status}${how}`)
}
const { rows } = await database.query('select cents from vouchers')
console.log('on the voucher', rows)
await worker.stop()
await backstep.close()
await database.end()
