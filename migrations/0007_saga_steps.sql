-- The steps of a saga, once more: of sagas that fork, choose, wait, probe, fall back and go through rounds.
--
-- What: the view saga_steps is made anew. It has a row for each step that the journal tells of, in each round that it was
-- gone through (ship[3] is the fourth item's), and a row for each step of the plan that is still to come. Columns keep their
-- names; round, branch, via and probe_attempts are new. A list that has not been made yet is one row, without a branch.
--
-- Why it is simpler than folding: almost every event names its step, so most columns are counts and last words of those
-- events. Only three things name a branch and no step: a lost lease, a task, and a halt. For those the view looks how far
-- their branch had come ("moves"), or what was next on its way back ("owed").
--
-- What a lost lease stands for while a probe is asked is the probe's. A lease that is lost after the probe's budget is spent,
-- and before the next event of the step, is counted as the probe's as well: then attempts is too low by it. The fold knows.
--
-- Ask for few sagas at a time (where saga_id = ...): their journals are read as you look. Names are resolved when the view
-- is made. No worker reads it: any version may run beside.

drop view saga_steps;

create view saga_steps as
select
  s.id as saga_id,
  s.definition_name,
  s.status as saga_status,
  steps.*
from sagas s
join saga_definitions d on d.name = s.definition_name and d.version = s.definition_version
cross join lateral (
  with
    events as materialized (
      select
        row_number() over (order by j.seq, e.ordinality) as n,
        j.at, e.event,
        e.event ->> 'type' as type,
        e.event ->> 'branch' as branch
      from saga_journal j
      cross join lateral jsonb_array_elements(j.events) with ordinality as e (event, ordinality)
      where j.saga_id = s.id
    ),
    main_nodes as materialized (
      select m.ordinality as place, m.node, m.node ->> 'name' as name, m.node ->> 'type' as type
      from jsonb_array_elements(d.plan -> 'nodes') with ordinality as m (node, ordinality)
    ),
    -- The plan with the insides of its forks. The branch is null where there is one for each item of a list.
    nodes as materialized (
      select
        array[m.place, 0, 0] as place, m.node, m.name, m.type,
        null::text as fork, 'main' as branch, false as undone_apart
      from main_nodes m
      union all
      select
        array[m.place, b.ordinality, i.ordinality], i.node, i.node ->> 'name', 'step',
        m.name, m.name || '/' || (b.item ->> 'name'), m.node ->> 'compensation' = 'parallel'
      from main_nodes m
      cross join lateral jsonb_array_elements(m.node -> 'branches') with ordinality as b (item, ordinality)
      cross join lateral jsonb_array_elements(b.item -> 'nodes') with ordinality as i (node, ordinality)
      where m.type = 'parallel'
      union all
      select
        array[m.place, 0, i.ordinality], i.node, i.node ->> 'name', 'step',
        m.name, null, m.node ->> 'compensation' = 'parallel'
      from main_nodes m
      cross join lateral jsonb_array_elements(m.node -> 'nodes') with ordinality as i (node, ordinality)
      where m.type = 'forEach'
    ),
    -- What is behind a save-point is in this round from then on. Orphan effects and edits have used up numbers, too.
    rounds as materialized (
      select r.n, p.place, r.round
      from (
        select e.n, e.type, e.event, 1 + row_number() over (order by e.n) as round
        from events e
        where e.type in ('savepoint_reached', 'compensation_reopened')
          or (e.type = 'operator_acted' and e.event ->> 'verb' = 'edit')
      ) r
      join nodes p on p.type = 'savepoint' and p.name = r.event ->> 'savepoint'
      where r.type = 'savepoint_reached'
    ),
    -- Every event that names a step; each step that a turn back lists is one of them.
    named as materialized (
      select
        e.n, e.at, e.type, e.event, e.branch, e.listed, e.step as raw_step,
        p.place, p.fork, p.undone_apart, i.item,
        p.name || coalesce('[' || i.item || ']', '') as step,
        (
          select coalesce(max(r.round), 1)
          from rounds r
          where r.place < p.place
            and case when k.round is null or e.step = p.name then r.n < e.n else r.round <= k.round end
        ) as round
      from (
        select n, at, type, event, branch, 0::bigint as listed, event ->> 'step' as step
        from events
        where event ->> 'step' is not null
          and (type ~ '^(action|fallback|prob(e|ing)|compensation)_' or type in ('saga_stuck', 'branch_halted'))
        union all
        select b.n, b.at, 'compensation_listed', b.event, b.branch, l.ordinality, l.item ->> 'step'
        from events b
        cross join lateral jsonb_array_elements(b.event -> 'steps') with ordinality as l (item, ordinality)
        where b.type = 'compensation_began'
      ) e
      cross join lateral (
        select
          regexp_replace(e.step, ' \(round \d+\)$', '') as key,
          substring(e.step from ' \(round (\d+)\)$')::bigint as round
      ) k
      join nodes p on p.type = 'step' and (
        p.name in (e.step, k.key)
        or (p.branch is null and p.name = regexp_replace(k.key, '\[\d+\]$', ''))
      )
      cross join lateral (
        select case when p.branch is null then substring(k.key from '\[(\d+)\]$')::integer end as item
      ) i
    ),
    -- How far a branch has come, each time that it goes on; and how many of the nodes before that it passed over.
    moves as materialized (
      select a.n, a.branch, a.place, 0 as skipped
      from named a
      where a.type in ('action_succeeded', 'action_skipped')
      union all
      select e.n, e.branch, array[p.place[1] + k.skipped, 0, 0], k.skipped
      from events e
      join nodes p on p.branch = 'main' and p.name = case e.type
        when 'slept' then e.event ->> 'sleep'
        when 'signal_taken' then e.event ->> 'wait'
        when 'wait_timed_out' then e.event ->> 'wait'
        when 'choice_made' then e.event ->> 'choice'
        when 'fork_joined' then e.event ->> 'fork'
        when 'savepoint_reached' then e.event ->> 'savepoint'
      end
      cross join lateral (
        select case
          when e.type = 'signal_taken' or e.event ->> 'taken' = 'false'
            then coalesce((p.node ->> 'size')::integer, 0)
          else 0
        end as skipped
      ) k
    ),
    turns as materialized (
      select
        e.n,
        case
          when e.type in ('compensation_began', 'orphan_undo_began') then 'backward'
          when e.type in ('savepoint_reached', 'orphan_undo_ended') then 'forward'
          else e.event ->> 'direction'
        end as direction
      from events e
      where e.type in (
        'compensation_began', 'orphan_undo_began', 'savepoint_reached', 'orphan_undo_ended', 'saga_stuck'
      )
    ),
    -- What an operator's retry, or edit, sets going again.
    resumed as materialized (
      select max(e.n) as n
      from events e
      where e.type = 'saga_resumed' or (e.type = 'operator_acted' and e.event ->> 'verb' = 'edit')
    ),
    -- What names a branch and no step, with the direction that the saga had then.
    spots as materialized (
      select
        x.*,
        coalesce(
          (select t.direction from turns t where t.n < x.n order by t.n desc limit 1), 'forward'
        ) as direction,
        coalesce((select max(r.n) from rounds r where r.n < x.n), 0) as since
      from (
        select e.n, e.at, 'lost' as kind, e.branch, e.event, null::timestamptz as lease_until
        from events e
        where e.type = 'lease_lost'
        union all
        select e.n, e.at, 'abandoned', b.branch, e.event, null
        from events e
        cross join lateral jsonb_array_elements_text(e.event -> 'branches') as b (branch)
        where e.type = 'branches_abandoned'
        union all
        select last.n, null, 'halted', e.branch, e.event, null
        from events e cross join resumed cross join (select max(n) + 1 as n from events) last
        where e.type in ('branch_halted', 'saga_stuck') and e.n > coalesce(resumed.n, 0)
        union all
        select last.n, null, 'task', t.branch, null, t.lease_until
        from saga_tasks t cross join (select max(n) + 1 as n from events) last
        where t.saga_id = s.id
      ) x
    ),
    -- The step that a branch is at on its way forward, if it is at one.
    forward_spots as materialized (
      select
        x.*, p.node, p.place, i.item,
        p.name || coalesce('[' || i.item || ']', '') as step,
        (select coalesce(max(r.round), 1) from rounds r where r.place < p.place and r.n < x.n) as round
      from spots x
      cross join lateral (
        select p.*
        from nodes p
        where p.type <> 'savepoint'
          and (p.branch = x.branch or (p.branch is null and x.branch ~ '/\d+$' and p.fork = split_part(x.branch, '/', 1)))
          and p.place > coalesce(
            (
              select m.place
              from moves m
              where m.branch = x.branch and m.n < x.n and m.n >= x.since
              order by m.n desc limit 1
            ),
            '{}'
          )
        order by p.place limit 1
      ) p
      cross join lateral (
        select case when p.branch is null then split_part(x.branch, '/', 2)::integer end as item
      ) i
      where x.direction = 'forward' and p.type = 'step'
    ),
    -- The step that a branch is to undo next. While that is one of a fork whose branches are undone apart, main has none.
    backward_spots as materialized (
      select x.*, o.place, o.item, o.step, o.round
      from spots x
      cross join lateral (
        select o.*, case when o.undone_apart then coalesce(p.branch, o.fork || '/' || o.item) else 'main' end as line
        from named o
        join nodes p on p.place = o.place
        where o.type in ('compensation_listed', 'compensation_reopened') and o.n < x.n
          and o.n >= (select coalesce(max(b.n), 0) from events b where b.type = 'compensation_began' and b.n < x.n)
          and not exists (
            select from named u
            where u.type in ('compensation_succeeded', 'compensation_settled')
              and u.raw_step = o.raw_step and u.n > o.n and u.n < x.n
          )
          and (x.branch = 'main' or x.branch = coalesce(p.branch, o.fork || '/' || o.item))
        -- What is owed once more goes to the front.
        order by o.type = 'compensation_listed', o.listed, o.n desc limit 1
      ) o
      where x.direction = 'backward' and o.line = x.branch
    ),
    -- A lost lease stands for the unknown end of an attempt.
    lost as (
      select
        l.n, l.at, l.step, l.place, l.item, l.round,
        case
          when (
            select a.type = 'probing_began' or (a.type = 'probe_failed' and a.event -> 'retryDelayMs' <> 'null')
            from named a
            where a.step = l.step and a.round = l.round and a.n < l.n and a.type ~ '^(action|prob(e|ing))_'
            order by a.n desc limit 1
          ) then 'probe'
          else 'action'
        end as kind,
        -- Where a start must be in the journal and is not, the action never ran.
        not (l.node ->> 'role' = 'pivot' or l.node #> '{retry,maximumAttempts}' = '1')
          or coalesce(
            l.event ->> 'claimId' = (
              select p.event ->> 'claimId'
              from events p
              where p.branch = l.branch and p.n < l.n and (p.type = 'lease_lost' or p.type like 'action\_%')
              order by p.n desc limit 1
            ),
            false
          ) as ran
      from forward_spots l
      where l.kind = 'lost'
      union all
      select l.n, l.at, l.step, l.place, l.item, l.round, 'compensation', true
      from backward_spots l
      where l.kind = 'lost'
    ),
    -- Attempts that have ended, in both directions, and those at probes.
    attempts as materialized (
      select
        a.n, a.at, a.step, a.place, a.item, a.round, a.type,
        case when a.type ~ '^probe' then 'probe' when a.type ~ '^action' then 'action' else 'compensation' end as kind,
        (a.event #>> '{failure,code}') || ': ' || (a.event #>> '{failure,message}') as error,
        -- What a probe or an operator says is about attempts that were counted.
        a.type in ('action_succeeded', 'action_rejected') and a.event ->> 'via' in ('probe', 'operator') as is_told,
        a.event -> 'retryDelayMs' as retry_delay,
        (a.event ->> 'attempt')::integer as attempt,
        a.event ->> 'via' as via
      from named a
      where a.type in (
        'action_succeeded', 'action_rejected', 'action_failed', 'probe_answered', 'probe_failed',
        'compensation_succeeded', 'compensation_failed'
      )
      union all
      select
        l.n, l.at, l.step, l.place, l.item, l.round, 'lease_lost', l.kind,
        'lease_lost: The worker that held the task was not heard of before its lease ran out.',
        false, '0'::jsonb, 0, null
      from lost l
      where l.ran or l.kind = 'probe'
    ),
    counted as materialized (
      select
        a.step, a.round, a.kind,
        -- A late success is of an attempt that was counted when its lease was lost.
        count(*) filter (where a.type <> 'action_succeeded' and not coalesce(a.is_told, false))::integer + (
          coalesce(max(a.attempt) filter (where a.type = 'action_succeeded'), 0)
            > count(*) filter (where a.type <> 'action_succeeded' and not coalesce(a.is_told, false))
        )::integer as attempts,
        (array_agg(a.error order by a.n) filter (where a.error is not null))[1] as first_error,
        (array_agg(a.error order by a.n desc) filter (where a.error is not null))[1] as last_error,
        bool_and(a.type = 'action_rejected') as all_rejected,
        (array_agg(a.type order by a.n desc))[1] as last_type,
        (array_agg(a.retry_delay order by a.n desc))[1] as last_retry_delay,
        (array_agg(a.via order by a.n desc))[1] as via,
        max(a.n) as last_n,
        max(a.at) as last_at,
        max(a.at) filter (where a.type in ('action_succeeded', 'compensation_succeeded')) as succeeded_at
      from attempts a
      group by a.step, a.round, a.kind
    ),
    -- The last word on what is to be undone.
    undone as materialized (
      select distinct on (u.step, u.round)
        u.step, u.round,
        case
          when u.type = 'compensation_succeeded'
            then case when u.event ->> 'noop' = 'never_ran' then 'noop' else 'compensated' end
          when u.type = 'compensation_settled' then u.event ->> 'as'
          when u.type in ('saga_stuck', 'branch_halted') and u.n > coalesce(resumed.n, 0) then 'blocked'
          else 'needed'
        end as status
      from named u cross join resumed
      where u.type in (
          'compensation_listed', 'compensation_reopened', 'compensation_succeeded', 'compensation_settled'
        )
        or (u.type in ('saga_stuck', 'branch_halted') and u.event ->> 'code' = 'compensation_exhausted')
      order by u.step, u.round, u.n desc
    ),
    skipped as materialized (
      select p.place, p.name as step, (select coalesce(max(r.round), 1) from rounds r where r.place < p.place and r.n < m.n) as round
      from moves m
      join nodes p on p.type = 'step' and p.branch = 'main'
        and p.place[1] > m.place[1] - m.skipped and p.place[1] <= m.place[1]
      where m.skipped > 0
    ),
    -- The plan as it stands in the round that it is in; what is for each item once for each of them.
    planned as (
      select p.place, i.item, p.name || coalesce('[' || i.item || ']', '') as step, r.round
      from nodes p
      cross join lateral (
        select coalesce(max(r.round), 1) as round, coalesce(max(r.n), 0) as n from rounds r where r.place < p.place
      ) r
      left join events f
        on p.branch is null and f.type = 'fork_began' and f.event ->> 'fork' = p.fork and f.n > r.n
      left join lateral (
        select l.ordinality::integer - 1 as item
        from jsonb_array_elements(f.event -> 'items') with ordinality as l (item, ordinality)
      ) i on true
      where p.type = 'step' and (f.n is null or i.item is not null)
    ),
    keys as (
      select place, item, step, round from planned
      union
      select place, item, step, round from attempts
      union
      select place, item, step, round from named
      union
      select place, null, step, round from skipped
    ),
    -- What is due, under way or halted.
    due as (
      select step, round, direction, bool_or(kind = 'task' and lease_until is not null) as claimed, max(lease_until) as lease_until
      from (
        select step, round, direction, kind, lease_until from forward_spots where kind in ('task', 'halted')
        union all
        select step, round, direction, kind, lease_until from backward_spots where kind in ('task', 'halted')
      ) at_work
      group by step, round, direction
    )
  select
    (row_number() over (order by k.place, k.item, k.round))::integer as position,
    k.step,
    coalesce(p.branch, p.fork || '/' || k.item) as branch,
    k.round::integer as round,
    p.node ->> 'queue' as queue,
    p.node ->> 'role' as role,
    case
      when exists (select from skipped x where x.step = k.step and x.round = k.round) or b.was_skipped then 'skipped'
      when f.last_type = 'action_succeeded' then 'succeeded'
      when exists (
        select from forward_spots x where x.kind = 'abandoned' and x.step = k.step and x.round = k.round
      ) then 'unknown'
      when w.direction = 'forward' and (
        f.last_type is null
        or b.again_n > f.last_n
        or (f.last_type <> 'action_rejected' and f.last_retry_delay <> 'null')
      ) then 'scheduled'
      -- Set going again and then given up, it is what its other attempts were.
      when f.last_type = 'action_rejected' and (f.all_rejected or coalesce(b.again_n < f.last_n, true)) then 'rejected'
      when f.last_type is not null then 'unknown'
      else 'pending'
    end as action_status,
    coalesce(f.attempts, 0) as attempts,
    f.first_error,
    f.last_error,
    f.last_at as last_attempt_at,
    f.succeeded_at,
    f.via,
    coalesce(q.attempts, 0) as probe_attempts,
    coalesce(u.status, 'none') as compensation_status,
    coalesce(c.attempts, 0) as compensation_attempts,
    c.first_error as compensation_first_error,
    c.last_error as compensation_last_error,
    c.last_at as compensation_last_attempt_at,
    c.succeeded_at as compensated_at,
    coalesce(w.claimed, false) as claimed,
    w.lease_until
  from keys k
  join nodes p on p.place = k.place and p.type = 'step'
  cross join resumed
  left join counted f on f.step = k.step and f.round = k.round and f.kind = 'action'
  left join counted q on q.step = k.step and q.round = k.round and q.kind = 'probe'
  left join counted c on c.step = k.step and c.round = k.round and c.kind = 'compensation'
  left join undone u on u.step = k.step and u.round = k.round
  left join due w on w.step = k.step and w.round = k.round
  left join (
    select
      a.step, a.round,
      bool_or(a.type = 'action_skipped') as was_skipped,
      -- When its fallback's turn came, or it was halted and has been set going again.
      max(a.n) filter (where a.type = 'fallback_began' or a.n < resumed.n) as again_n
    from named a cross join resumed
    where a.type in ('fallback_began', 'action_skipped')
      or (a.type in ('saga_stuck', 'branch_halted') and a.event ->> 'direction' = 'forward')
    group by a.step, a.round
  ) b on b.step = k.step and b.round = k.round
) steps;

comment on view saga_steps is
  'Each saga''s steps as its journal tells them: select * from saga_steps where saga_id = ''...'' order by position. Archived sagas are not in it; "backstep show" shows them.';
comment on column saga_steps.position is 'The order of the plan; items of a list, and rounds, one after another.';
comment on column saga_steps.step is
  'The step''s name; in a forEach with the index of its item: ship[3]. Without one where the list is not made yet.';
comment on column saga_steps.branch is
  'The line of work that it is on: main, a branch of a parallel fork (book/flight), an item of a list (ship/3).';
comment on column saga_steps.round is
  'From 1. Another one each time that the saga has gone back to a save-point before the step; the numbers may have gaps. Those that an operator''s edit opened are not counted.';
comment on column saga_steps.action_status is
  'pending (not reached), scheduled (due or under way), succeeded, skipped (the saga did not go that way), rejected (no effect), unknown (given up without a verdict).';
comment on column saga_steps.attempts is 'Attempts of the action that have ended, lost leases included.';
comment on column saga_steps.via is
  'Who gave the last verdict, if not the action: probe, fallback or operator.';
comment on column saga_steps.probe_attempts is
  'How often its probe was asked what became of the action, lost leases included.';
comment on column saga_steps.compensation_status is
  'none (nothing to undo so far), needed (due, under way or in line), compensated, noop (there was no effect), blocked (an operator is needed), manual (undone by hand), waived (an operator lets the effect stand).';
comment on column saga_steps.compensation_attempts is
  'Attempts of the compensation that have ended, lost leases included, over all its own rounds.';
comment on column saga_steps.claimed is 'A worker holds the task that is about this step now.';
comment on column saga_steps.lease_until is 'How long that worker is believed without a heartbeat; null while nobody is at it.';
