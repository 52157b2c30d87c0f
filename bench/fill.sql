-- 100,000 issues of the last year on the places that exist, with what each carries: events, an open deadline.
WITH place AS (
    SELECT b.id AS building, b.grid_id AS grid, b.community_id AS community, b.street_id AS street,
           b.district_id AS district, b.code, b.name, row_number() OVER (ORDER BY b.id) AS n,
           count(*) OVER () AS places
    FROM grids_unit b WHERE b.kind = 'building'
), made AS (
    SELECT s AS n, now() - (s %% 525600) * interval '1 minute' AS at,
           CASE WHEN s %% 10 < 6 THEN 'closed' WHEN s %% 10 < 8 THEN 'handling' ELSE 'assigned' END AS state
    FROM generate_series(1, %(count)s) s
), filled AS (
    INSERT INTO issues_issue (code, source, kind, category_id, text, spot, is_danger, district_id, street_id,
        community_id, grid_id, building_id, place_code, place_label, state, version, owner_unit_id, on_behalf,
        answers, due_at, due_provisional, open_whistles, open_tasks, follower_count, open_decisions,
        extension_count, ruling, cause, check_reason, at_once, redo_count, question_count, disputed, outcome, reported_at,
        received_at, assigned_at, closed_at)
    SELECT 'bench' || lpad(m.n::text, 11, '0'), 'resident', 'help',
           (SELECT id FROM issues_category WHERE handled_at = 'grid' AND NOT is_danger ORDER BY id LIMIT 1),
           '演示数据：压测用的一件事 ' || m.n, '', false, p.district, p.street, p.community, p.grid, p.building,
           p.code, p.name, m.state, 2, p.grid, false, '{}',
           CASE WHEN m.state = 'closed' THEN NULL ELSE now() + interval '3 days' + m.n * interval '1 second' END,
           false, 0, 0, 0, 0, 0, '', '', '', false, 0, 0, false, CASE WHEN m.state = 'closed' THEN 'solved' ELSE '' END, m.at, m.at, m.at,
           CASE WHEN m.state = 'closed' THEN m.at + interval '1 day' END
    FROM made m JOIN place p ON p.n = 1 + m.n %% p.places
    RETURNING id, state, owner_unit_id, district_id, reported_at, due_at
), told AS (
    INSERT INTO trail_event (subject_type, subject_id, seq, verb, actor_label, unit_label, data, occurred_at)
    SELECT 'issue', f.id, e.seq, e.verb, '', '', jsonb_build_object('state', f.state, 'owner',
           jsonb_build_object('unit', f.owner_unit_id)), f.reported_at
    FROM filled f CROSS JOIN (VALUES (1, 'report'), (2, 'dispatch')) AS e(seq, verb)
)
INSERT INTO issues_deadline (issue_id, clock, round, rung, started_at, due_at, limit_at, span_amount, span_unit,
    fixed, wait, provisional)
SELECT id, CASE state WHEN 'handling' THEN 'submit' ELSE 'sign' END, 2,
       CASE state WHEN 'handling' THEN 'chase' ELSE 'call_deputy' END, reported_at, due_at, due_at, 2,
       'working_hours', false, '', false
FROM filled WHERE state <> 'closed';
