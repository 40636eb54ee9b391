-- Limits of queues: how many steps at once, and how many in a time, over all workers.
--
-- What: saga_queues has a row for each queue that something was said about; a queue without one has no limit, and none of its
-- statements reads these tables. saga_queue_slots has a row for each step that may run at once in a queue, and in it the claim
-- that has it.
--
-- Why slots and not a counter: a counter that is raised at claim and lowered at the end is wrong for ever once a process dies
-- in between. Nobody ever gives a slot back: it is free as soon as its claim is no longer that of its task, which every append,
-- release and takeover sees to already. A takeover writes its own claim into the slot of the lost one.
--
-- Why a row for each slot: whoever takes one locks it, passes over those that others have locked, and looks again at what it
-- says then. Grants made at the same moment can neither have the same slot nor wait for each other.
--
-- The rate is a bucket of tokens, full at rate_limit: tokens is what was in it at refilled_at. It may be less than nothing: a
-- takeover is never refused, and is paid for later.
--
-- A worker of an earlier version reads none of this: limits hold once all workers of a queue know of them.

create table saga_queues (
  queue text primary key check (char_length(queue) between 1 and 255),
  maximum_concurrency integer check (maximum_concurrency between 1 and 10000),
  rate_limit integer check (rate_limit between 1 and 1000000),
  rate_per_ms bigint check (rate_per_ms >= 1),
  tokens double precision not null default 0,
  refilled_at timestamptz not null default clock_timestamp(),
  source text not null check (source in ('code', 'operator')),
  declared jsonb check (jsonb_typeof(declared) = 'object'),
  changed_by text check (char_length(changed_by) between 1 and 255),
  change_reason text check (char_length(change_reason) between 1 and 255),
  changed_at timestamptz not null default clock_timestamp(),
  constraint rate_has_period check ((rate_limit is null) = (rate_per_ms is null))
) with (fillfactor = 50);

comment on table saga_queues is
  'What was said about queues. A queue without a row, or without a limit in it, runs as much as its workers can.';
comment on column saga_queues.maximum_concurrency is 'So many steps at once, over all workers; null for any number.';
comment on column saga_queues.rate_limit is 'So many steps in rate_per_ms, over all workers, and as many at once; null for any.';
comment on column saga_queues.tokens is 'Steps that might have begun at refilled_at; grows with the rate up to rate_limit.';
comment on column saga_queues.source is
  'Who set the limits that hold: a worker''s code, or an operator, whom no worker overwrites.';
comment on column saga_queues.declared is 'What a worker''s code said last, whoever set the limits that hold.';
comment on column saga_queues.changed_by is 'The operator who last set limits, or gave them back to the code; null when none has.';

create table saga_queue_slots (
  queue text not null check (char_length(queue) between 1 and 255),
  slot integer not null check (slot >= 1),
  saga_id uuid,
  branch text,
  claim_id uuid,
  primary key (queue, slot),
  constraint slot_is_whole check (
    (claim_id is null) = (saga_id is null) and (claim_id is null) = (branch is null)
  )
) with (fillfactor = 50);

comment on table saga_queue_slots is
  'Who has a slot of a queue with a limited concurrency. Free while saga_tasks has no task of that saga and branch under that claim.';
