-- Every step of every saga, as people see it.
--
-- What: the view saga_steps: for each saga and each step of its plan how its action and its compensation stand, how often
-- they were tried, what went wrong first and last, and whether a worker is at it now.
--
-- Why a view: the journal is the truth, and nothing is written twice for the sake of people. Ask for few sagas at a time
-- (where saga_id = ...): their journals are folded as you look. Names are resolved when the view is made.

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
    -- Every event with its place; how far the plan had come and whether the saga had turned back just before it.
    events as materialized (
      select
        j.seq, e.ordinality as position, j.at, e.event,
        e.event ->> 'type' as type,
        e.event ->> 'branch' as branch,
        e.event ->> 'step' as step,
        count(*) filter (where e.event ->> 'type' = 'action_succeeded') over before as succeeded_before,
        count(*) filter (where e.event ->> 'type' = 'compensation_began') over before as turns_before
      from saga_journal j
      cross join lateral jsonb_array_elements(j.events) with ordinality as e (event, ordinality)
      where j.saga_id = s.id
      window before as (
        order by j.seq, e.ordinality rows between unbounded preceding and 1 preceding
      )
    ),
    -- What a turn back, or a new round, asks to be undone, and when that was done.
    owed as materialized (
      select
        o.seq, o.position, o.step, o.place,
        (
          select u.seq
          from events u
          where u.type = 'compensation_succeeded' and u.step = o.step
            and (u.seq, u.position) > (o.seq, o.position)
          order by u.seq, u.position limit 1
        ) as done_seq
      from (
        select b.seq, b.position, i.item ->> 'step' as step, i.ordinality as place
        from events b
        cross join lateral jsonb_array_elements(b.event -> 'steps') with ordinality as i (item, ordinality)
        where b.type = 'compensation_began'
        union all
        -- A new round goes to the front.
        select r.seq, r.position, r.step, -r.seq
        from events r
        where r.type = 'compensation_reopened'
      ) o
    ),
    nodes as materialized (
      select n.ordinality as position, n.node
      from jsonb_array_elements(d.plan -> 'nodes') with ordinality as n (node, ordinality)
    ),
    -- A lost lease names no step: it means whatever its branch was doing.
    lost as (
      select
        l.seq, l.position, l.at,
        case when l.turns_before > 0 then 'compensation' else 'action' end as kind,
        case
          when l.turns_before > 0 then (
            select o.step from owed o
            where o.seq < l.seq and (o.done_seq is null or o.done_seq > l.seq)
            order by o.place limit 1
          )
          else n.node ->> 'name'
        end as step
      from events l
      left join nodes n on n.position = l.succeeded_before + 1
      where l.type = 'lease_lost'
        and (
          l.turns_before > 0
          -- Where a start must be in the journal and is not, the action never ran.
          or not (n.node ->> 'role' = 'pivot' or n.node #> '{retry,maximumAttempts}' = '1')
          or l.event ->> 'claimId' = (
            select p.event ->> 'claimId'
            from events p
            where p.branch = l.branch and (p.seq, p.position) < (l.seq, l.position)
              and (p.type = 'lease_lost' or p.type like 'action\_%')
            order by p.seq desc, p.position desc limit 1
          )
        )
    ),
    -- Attempts that have ended, in both directions.
    attempts as materialized (
      select
        e.seq, e.position, e.at, e.step, e.type,
        case when e.type like 'action\_%' then 'action' else 'compensation' end as kind,
        (e.event #>> '{failure,code}') || ': ' || (e.event #>> '{failure,message}') as error,
        e.event -> 'retryDelayMs' as retry_delay,
        (e.event ->> 'attempt')::integer as attempt
      from events e
      where e.type in (
        'action_succeeded', 'action_rejected', 'action_failed',
        'compensation_succeeded', 'compensation_failed'
      )
      union all
      select
        l.seq, l.position, l.at, l.step, 'lease_lost', l.kind,
        'lease_lost: The worker that held the task was not heard of before its lease ran out.',
        '0'::jsonb, 0
      from lost l
    ),
    counted as (
      select
        a.step, a.kind,
        -- A late success is of an attempt that was counted when its lease was lost.
        count(*) filter (where a.type <> 'action_succeeded')::integer + (
          coalesce(max(a.attempt) filter (where a.type = 'action_succeeded'), 0)
            > count(*) filter (where a.type <> 'action_succeeded')
        )::integer as attempts,
        (array_agg(a.error order by a.seq, a.position) filter (where a.error is not null))[1] as first_error,
        (array_agg(a.error order by a.seq desc, a.position desc) filter (where a.error is not null))[1] as last_error,
        (array_agg(a.type order by a.seq desc, a.position desc))[1] as last_type,
        (array_agg(a.retry_delay order by a.seq desc, a.position desc))[1] as last_retry_delay,
        (array_agg(a.seq order by a.seq desc, a.position desc))[1] as last_seq,
        max(a.at) as last_at,
        max(a.at) filter (where a.type in ('action_succeeded', 'compensation_succeeded')) as succeeded_at
      from attempts a
      group by a.step, a.kind
    ),
    saga as (
      select
        count(*) filter (where e.type = 'action_succeeded') as succeeded,
        count(*) filter (where e.type = 'compensation_began') > 0 as turned_back,
        max(e.seq) filter (where e.type = 'saga_resumed') as resumed_seq
      from events e
    ),
    due as (
      select o.step from owed o where o.done_seq is null order by o.place limit 1
    ),
    held as (
      select max(t.lease_until) as lease_until
      from saga_tasks t
      where t.saga_id = s.id and t.claim_id is not null
    ),
    placed as (
      select
        n.position, n.node, n.node ->> 'name' as step,
        saga.*, held.lease_until,
        case
          when s.status not in ('running', 'compensating') then false
          when saga.turned_back then n.node ->> 'name' = (select due.step from due)
          else n.position = saga.succeeded + 1
        end as is_current
      from nodes n cross join saga cross join held
    )
  select
    p.position::integer as position,
    p.step,
    p.node ->> 'queue' as queue,
    p.node ->> 'role' as role,
    case
      when f.last_type = 'action_succeeded' then 'succeeded'
      -- An operator gave it a fresh budget, whatever it had come to.
      when p.resumed_seq > f.last_seq and not p.turned_back then 'scheduled'
      when f.last_type = 'action_rejected' then 'rejected'
      when f.last_type is not null and p.turned_back then 'unknown'
      when f.last_retry_delay = 'null' then 'unknown'
      when p.position <= p.succeeded + 1 and not p.turned_back then 'scheduled'
      else 'pending'
    end as action_status,
    coalesce(f.attempts, 0) as attempts,
    f.first_error,
    f.last_error,
    f.last_at as last_attempt_at,
    f.succeeded_at,
    case
      when not exists (select from owed o where o.step = p.step) then 'none'
      when not exists (select from owed o where o.step = p.step and o.done_seq is null) then 'compensated'
      when s.status = 'stuck' and s.stuck_code = 'compensation_exhausted' and s.stuck_step = p.step then 'blocked'
      else 'needed'
    end as compensation_status,
    coalesce(b.attempts, 0) as compensation_attempts,
    b.first_error as compensation_first_error,
    b.last_error as compensation_last_error,
    b.last_at as compensation_last_attempt_at,
    b.succeeded_at as compensated_at,
    p.is_current and p.lease_until is not null as claimed,
    case when p.is_current then p.lease_until end as lease_until
  from placed p
  left join counted f on f.step = p.step and f.kind = 'action'
  left join counted b on b.step = p.step and b.kind = 'compensation'
) steps;

comment on view saga_steps is
  'Each saga''s steps as its journal tells them: select * from saga_steps where saga_id = ''...'' order by position.';
comment on column saga_steps.action_status is
  'pending (not reached), scheduled (due or under way), succeeded, rejected (no effect), unknown (given up without a verdict).';
comment on column saga_steps.attempts is 'Attempts of the action that have ended, lost leases included.';
comment on column saga_steps.compensation_status is
  'none (nothing to undo so far), needed (due, under way or in line), compensated, blocked (an operator is needed).';
comment on column saga_steps.claimed is 'A worker holds the saga''s task now, and this is the step that it is about.';
