-- The effects of sagas at one participant.
--
-- What: one row for each action that a saga has asked for here, written in the transaction that takes the effect. The action
-- and its compensation meet on this row, whichever comes first: that is what puts them in order.
--
--   (no row) ── action ──> done ── compensation ──> undone
--   (no row) ───────────── compensation ──────────> barred
--
-- Why there is no row for a compensation: an effect is undone once, however many rounds ask for that.
--
-- Why no time is indexed: a saga's id begins with the time of its start, so that old rows are found by the primary key.
--
-- Why the fillfactor: a row changes once or twice soon after it was made, and finds room in its page then.
--
-- Why there is one check only: Postgres reads each of them anew for every row that is written, and the four more that one could
-- think of cost a tenth of what the barrier costs in all. Everything but the state comes from a context that was checked.
--
-- Names are unqualified: the runner sets search_path for its transaction.

create table effects (
  saga_id uuid not null,
  branch text not null,
  step text not null,
  round integer not null,
  state text not null check (state in ('done', 'undone', 'barred')),
  calls integer not null default 1,
  output jsonb,
  changed_at timestamptz not null default now(),
  primary key (saga_id, branch, step, round)
) with (fillfactor = 70);

comment on table effects is
  'What sagas did here, and what they must not do any more. A row that is deleted too early lets an effect count twice: see pruneBarrier.';
comment on column effects.branch is 'The branch of the saga, "main" where it has one only.';
comment on column effects.round is 'Of the action: another one of the same step is another effect.';
comment on column effects.state is
  'done: the effect stands. undone: it was there and has been taken back. barred: it was asked to be undone before it was there, and is refused from then on.';
comment on column effects.calls is
  'How often the action was called and its transaction committed, refusals not counted.';
comment on column effects.output is 'What the action returned, for when it is called again. Null for nothing.';
comment on column effects.changed_at is 'When the state last changed.';
