import { readFile } from 'node:fs/promises'

import { migrate } from '@backstep/engine/postgres'
import { Client } from 'pg'

import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'

const migrations = new URL('../../../migrations/', import.meta.url)

/** Into so many partitions each table is cut. */
export const SHARDS = 8

// Each table as the migrations left it, cut by the saga's id. Partitions have the storage options of the whole table.
const cut = `
  do $$
  declare
    cut record;
    options text;
  begin
    for cut in
      select * from (values ('sagas', 'id'), ('saga_journal', 'saga_id'), ('saga_tasks', 'saga_id'))
        as t (name, key)
    loop
      select coalesce('with (' || array_to_string(c.reloptions, ', ') || ')', '') into options
        from pg_class c where c.oid = cut.name::regclass;
      execute format('alter table %I rename to whole', cut.name);
      execute format(
        'create table %I (like whole including all) partition by hash (%I)', cut.name, cut.key);
      for shard in 0 .. ${SHARDS - 1} loop
        execute format(
          'create table %I partition of %I for values with (modulus ${SHARDS}, remainder %s) %s',
          cut.name || '_' || shard, cut.name, shard, options);
      end loop;
      drop table whole;
    end loop;
  end $$`

/** A migrated database whose sagas, journal and tasks are cut into partitions by the saga's id; the rest is as ever. */
export const createShardedDatabase = async (): Promise<TestDatabase> => {
  const checksums = await readFile(new URL('CHECKSUMS', migrations), 'utf8')
  return createTestDatabase({
    template: {
      key: `sharded ${checksums} ${cut}`,
      prepare: async (databaseUrl) => {
        await migrate({ databaseUrl })
        await shard(databaseUrl)
      },
    },
  })
}

const shard = async (databaseUrl: string): Promise<void> => {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  const view = await readFile(new URL('0007_saga_steps.sql', migrations), 'utf8')
  await client.query('set search_path = backstep; drop view saga_steps')
  await client.query(cut)
  await client.query(view.replace('drop view saga_steps;', ''))
  await client.end()
}
