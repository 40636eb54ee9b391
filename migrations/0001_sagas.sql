-- Sagas, their journals and their tasks.
--
-- What: the tables that the engine lives on. The journal is the truth: one row is one group of events that were committed
-- together, and whoever inserts the row (saga_id, seq) has won the right to say what happened next. Tasks say what must
-- happen next and who is doing it. The rows of sagas are what people query; they change when a status changes.
--
-- Why there are no foreign keys from journal and tasks to sagas: they would lock the saga's row at each append and cost a
-- quarter of the throughput. All three are written by the same statements.
--
-- Why so few columns of saga_tasks are indexed: claims and heartbeats update rows all the time. As long as they touch no
-- indexed column and a page has room, Postgres rewrites the row in its page and leaves the indexes alone. One statement
-- may claim every row of a page, and a claimed row is larger: a fillfactor of 40 keeps room for that. (With 70, one in
-- fourteen updates in batches of a hundred left its page; with 40, none.)
--
-- Names are unqualified: the runner sets search_path for its transaction.

create table migration_checksums (
  name text primary key,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  applied_at timestamptz not null default clock_timestamp()
);

comment on table migration_checksums is
  'What each applied migration file read like. Compared at every migrate: an applied file never changes.';

create table saga_definitions (
  name text not null check (char_length(name) between 1 and 255),
  version integer not null check (version >= 1),
  fingerprint text not null check (char_length(fingerprint) between 1 and 255),
  plan jsonb not null check (jsonb_typeof(plan) = 'object'),
  registered_at timestamptz not null default clock_timestamp(),
  primary key (name, version)
);

comment on table saga_definitions is
  'The plan of every saga definition version that was ever registered. Do not delete: sagas are read with them.';
comment on column saga_definitions.fingerprint is
  'Tells this plan from any other. A worker that registers another plan under the same version is refused.';
comment on column saga_definitions.plan is
  'Steps in order, with queues, retry policies and time-outs. No code.';

create table sagas (
  id uuid primary key,
  definition_name text not null check (char_length(definition_name) between 1 and 255),
  definition_version integer not null check (definition_version >= 1),
  key text check (char_length(key) between 1 and 1024),
  status text not null default 'running' check (
    status in (
      'running', 'compensating', 'stuck',
      'completed', 'compensated', 'partially_compensated', 'abandoned'
    )
  ),
  stuck_code text check (char_length(stuck_code) between 1 and 255),
  stuck_step text check (char_length(stuck_step) between 1 and 255),
  failure jsonb check (jsonb_typeof(failure) = 'object'),
  output jsonb,
  started_at timestamptz not null,
  changed_at timestamptz not null,
  constraint stuck_says_why check ((status = 'stuck') = (stuck_code is not null)),
  constraint stuck_step_when_stuck check (status = 'stuck' or stuck_step is null),
  constraint output_when_completed check (status = 'completed' or output is null)
) with (fillfactor = 80);

-- The few that are alive among the many that have ended; newest first within a status.
create index sagas_live on sagas (status, id)
  where status in ('running', 'compensating', 'stuck');
create index sagas_by_definition on sagas (definition_name, id);

comment on table sagas is
  'One row per saga: what it is and where it stands. Changes with the status only; what happened is in saga_journal, what happens next in saga_tasks.';
comment on column sagas.id is 'A version 7 UUID: ordered by the time of its making.';
comment on column sagas.key is 'The caller''s business key, unique for each definition name through saga_keys.';
comment on column sagas.status is
  'Alive: running, compensating, stuck (waits for an operator). Ended: completed, compensated, partially_compensated (an effect knowingly stands), abandoned.';
comment on column sagas.stuck_code is
  'Why it cannot go on by itself; "backstep stuck" explains each code. Set exactly while the status is stuck.';
comment on column sagas.failure is
  'The first cause of its way back, or what stopped it: kind, code, message, step. Never overwritten by later trouble.';
comment on column sagas.output is 'What a completed saga returned.';
comment on column sagas.changed_at is 'When the status last changed.';

create table saga_keys (
  definition_name text not null,
  key text not null check (char_length(key) between 1 and 1024),
  saga_id uuid not null,
  input_hash text not null check (char_length(input_hash) between 1 and 255),
  primary key (definition_name, key)
);

comment on table saga_keys is
  'Which saga has a business key. A key stays taken after its saga has ended: starting it again finds that saga.';
comment on column saga_keys.input_hash is
  'Of the input that the key was taken with. The same gives the saga that is there, another is a conflict.';

create table saga_journal (
  saga_id uuid not null,
  seq integer not null check (seq >= 1),
  append_id uuid not null,
  events jsonb not null check (
    case when jsonb_typeof(events) = 'array' then jsonb_array_length(events) > 0 else false end
  ),
  at timestamptz not null default clock_timestamp(),
  primary key (saga_id, seq)
);

comment on table saga_journal is
  'The truth: everything that happened to a saga, in order. Rows are only ever added. Never edit one by hand.';
comment on column saga_journal.seq is
  'From 1, without gaps. Two writers that want the same number have seen the same past; the first one wins.';
comment on column saga_journal.append_id is
  'Names the append, so that its writer finds its own row again after a lost reply.';
comment on column saga_journal.events is 'What happened together: one or more events, committed as one.';

create table saga_tasks (
  saga_id uuid not null,
  branch text not null check (char_length(branch) between 1 and 255),
  queue text not null check (char_length(queue) between 1 and 255),
  run_at timestamptz not null,
  due_at timestamptz not null,
  nonce text not null check (nonce ~ '^[a-z][0-9a-f]{32}$'),
  claim_id uuid,
  lease_until timestamptz,
  deliveries integer not null default 0 check (deliveries >= 0),
  dispatches integer not null default 0 check (dispatches >= 0),
  at_seq integer not null check (at_seq >= 1),
  wake integer not null default 0 check (wake >= 0),
  primary key (saga_id, branch),
  constraint claim_has_lease check ((claim_id is null) = (lease_until is null))
) with (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.02);

-- What is overdue in a queue. run_at, nonce, claim_id and lease_until stay out of every index: see the top of this file.
create index saga_tasks_due on saga_tasks (queue, due_at);

comment on table saga_tasks is
  'What must happen next: one row per branch of a saga that is not stuck and has not ended. Nobody holds it while claim_id is null.';
comment on column saga_tasks.run_at is 'Not to be claimed sooner: a retry''s delay, for example.';
comment on column saga_tasks.due_at is
  'When a sweep looks at it next. Until then the queue is expected to deliver it, or its lease to last.';
comment on column saga_tasks.nonce is
  'Names this turn towards the queue; a job with another nonce is stale and does nothing.';
comment on column saga_tasks.claim_id is 'Who works on it; null when nobody does.';
comment on column saga_tasks.lease_until is
  'How long the claim is believed without a heartbeat. Afterwards another worker takes the task over.';
comment on column saga_tasks.deliveries is 'How often it was claimed or taken over. Only counts; nothing is decided by it.';
comment on column saga_tasks.dispatches is 'How often it was sent to the queue again because nobody had claimed it.';
comment on column saga_tasks.at_seq is
  'The journal row whose append last wrote this task; whoever claims it must have read that far.';
comment on column saga_tasks.wake is 'Raised by everybody outside who wants the holder to read the journal again.';
