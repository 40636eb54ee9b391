-- The archive: sagas that have ended, out of the way of those that run.
--
-- What: archived_sagas and archived_journal hold everything of an ended saga: its row and its whole journal. "backstep
-- retain" moves sagas there, one month of ends in one partition of each table (archived_sagas_2026_11), and drops whole
-- months when they are old enough. It makes the partitions, too: there are none in this file.
--
-- Why two more tables and not partitions of the hot ones: a running saga would have to be looked for in every month, or
-- move between them with each change of status. Like this what runs stays in small tables, and only a look at one saga that
-- is not there any more goes through the months.
--
-- Why there is no index on sagas for the move: ids are made in the order of time, so the oldest sagas are the first of the
-- primary key. An index on the time of the end would cost every saga an insert at its end.
--
-- A key stays in saga_keys until the month of its saga is dropped.

create table archived_sagas (
  id uuid not null,
  definition_name text not null,
  definition_version integer not null,
  key text,
  status text not null check (
    status in ('completed', 'compensated', 'partially_compensated', 'abandoned')
  ),
  failure jsonb,
  output jsonb,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  primary key (id, ended_at)
) partition by range (ended_at);

comment on table archived_sagas is
  'Ended sagas that "backstep retain" has moved out of sagas, by the month of their end in UTC. They do not change any more.';
comment on column archived_sagas.ended_at is
  'When the saga came to its end: what sagas.changed_at was. The columns of being stuck are left out: an ended saga is not.';

create table archived_journal (
  saga_id uuid not null,
  seq integer not null check (seq >= 1),
  append_id uuid not null,
  events jsonb not null,
  at timestamptz not null,
  ended_at timestamptz not null,
  primary key (saga_id, seq, ended_at)
) partition by range (ended_at);

comment on table archived_journal is
  'The journals of the sagas in archived_sagas, whole, in the same months. Takes no more rows of a saga that is here.';
comment on column archived_journal.ended_at is 'When the saga came to its end; puts its journal into its month.';

comment on view saga_steps is
  'Each saga''s steps as its journal tells them: select * from saga_steps where saga_id = ''...'' order by position. Archived sagas are not in it; "backstep show" shows them.';
