-- Snapshots in long journals.
--
-- What: a column of saga_journal. The row whose number is a multiple of 100 may carry the saga's state before that row,
-- without payloads: which rows to read for those is in it. Whoever claims the saga reads the latest snapshot, the rows that
-- it names and the rows behind it, and not the hundreds in between that only say what the snapshot says.
--
-- Why no index: the numbers are known. The latest snapshot is looked for at the last multiple of 100, then at the one
-- before: that is one look into the primary key, where an index of its own would cost every append.
--
-- A row may go without: the rows that others write have none, and neither has a state that would be too large. Folding from
-- the first row is always right. A worker of an earlier version writes none and reads none, so it may run beside.
--
-- Nothing is rewritten and nothing is read: rows that are there have no snapshot, which the check need not be shown.

alter table saga_journal
  add column snapshot jsonb,
  add constraint snapshot_is_object check (jsonb_typeof(snapshot) = 'object') not valid;

comment on column saga_journal.snapshot is
  'The saga''s state before this row, in a form that only the engine reads; null in most rows. Saves reading, decides nothing.';
