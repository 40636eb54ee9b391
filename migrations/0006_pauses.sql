-- Pauses.
--
-- What: sagas.paused says that an operator has paused a saga: nobody starts a handler of it, in neither direction, until it
-- is resumed. The journal decides that; the column is what people query. The table pauses has what is paused as a whole: a
-- queue, or a saga definition. Workers read it with each sweep.
--
-- Why a column with a default: adding it rewrites nothing. It is written with the verb, and with the end of a saga, never
-- by a step. A worker of an earlier version does not know it, and goes on with paused sagas: stop those first.

alter table sagas add column paused boolean not null default false;

comment on column sagas.paused is
  'No handler of it is started until an operator resumes it. False once it has ended.';
comment on table saga_tasks is
  'What must happen next: one row per branch of a saga that is not stuck and has not ended. Nobody holds it while claim_id is null. The tasks of a paused saga are parked: their time is far away.';

create table pauses (
  kind text not null check (kind in ('queue', 'definition')),
  name text not null check (char_length(name) between 1 and 255),
  -- Of a definition; 0 means every version, and is what a queue has.
  version integer not null default 0 check (version >= 0 and (kind = 'definition' or version = 0)),
  actor text not null check (char_length(actor) between 1 and 255),
  reason text not null check (char_length(reason) between 1 and 255),
  paused_at timestamptz not null default clock_timestamp(),
  primary key (kind, name, version)
);

comment on table pauses is
  'What is paused as a whole: workers claim no task of such a queue, and start no handler of such a definition. A few rows at most.';
