-- Open issues on the places that exist, each with its events and one open deadline. Of four one each: its deputy
-- is called next, it climbs next, its owner is reminded next, chased next.
WITH place AS (
    SELECT b.id AS building, b.grid_id AS grid, b.community_id AS community, b.street_id AS street,
           b.district_id AS district, b.code, b.name, row_number() OVER (ORDER BY b.id) AS n,
           count(*) OVER () AS places
    FROM grids_unit b WHERE b.kind = 'building'
), made AS (
    SELECT s AS n, now() - (s %% 20160) * interval '1 minute' AS at, s %% 4 AS rung,
           now() + interval '3 days' + s * interval '1 second' AS due
    FROM generate_series(%(first)s, %(last)s) s
), filled AS (
    INSERT INTO issues_issue (code, source, kind, category_id, text, spot, is_danger, district_id, street_id,
        community_id, grid_id, building_id, place_code, place_label, state, version, owner_unit_id, on_behalf,
        answers, due_at, due_provisional, promised_at, open_whistles, open_tasks, follower_count, open_decisions,
        extension_count, ruling, cause, check_reason, at_once, redo_count, question_count, disputed, outcome, reported_at,
        received_at, assigned_at, signed_at)
    SELECT 'sweep' || lpad(m.n::text, 11, '0'), 'resident', 'help', c.id, '演示数据：压测用的一件事 ' || m.n, '',
           false, p.district, p.street, p.community, p.grid, p.building, p.code, p.name,
           CASE WHEN m.rung < 2 THEN 'assigned' ELSE 'handling' END, 2, p.grid, false,
           '{}', m.due, false, m.due, 0, 0, 0, 0, 0, '', '', '', false, 0, 0, false, '', m.at, m.at, m.at,
           CASE WHEN m.rung < 2 THEN NULL ELSE m.at END
    FROM made m JOIN place p ON p.n = 1 + m.n %% p.places
    CROSS JOIN (SELECT id FROM issues_category WHERE handled_at = 'grid' AND NOT is_danger ORDER BY id LIMIT 1) c
    RETURNING id, state, owner_unit_id, reported_at, due_at, (right(code, 11)::bigint %% 4) AS rung
), told AS (
    INSERT INTO trail_event (subject_type, subject_id, seq, verb, actor_label, unit_label, data, occurred_at)
    SELECT 'issue', f.id, e.seq, e.verb, '', '', jsonb_build_object('state', f.state, 'owner',
           jsonb_build_object('unit', f.owner_unit_id)), f.reported_at
    FROM filled f CROSS JOIN (VALUES (1, 'report'), (2, 'dispatch')) AS e(seq, verb)
)
INSERT INTO issues_deadline (issue_id, clock, round, rung, started_at, due_at, limit_at, span_amount, span_unit,
    fixed, wait, waits_from, provisional)
SELECT id, CASE WHEN rung < 2 THEN 'sign' ELSE 'submit' END, 2,
       (ARRAY['call_deputy', 'climb', 'remind', 'chase'])[rung + 1], reported_at, due_at,
       due_at + CASE rung WHEN 2 THEN interval '1 day' ELSE interval '0' END,
       CASE WHEN rung < 2 THEN 2 ELSE 1 END, CASE WHEN rung < 2 THEN 'working_hours' ELSE 'working_days' END,
       false, '', NULL, false
FROM filled;
