-- Deeds from `first` to `last` of `count`, spread over the last year and over everybody with an account: the confirmed
-- record, its event, the booking for it and both of its lines. The triggers of the ledger stay on: each booking is
-- weighed when this commits. Numbers are given here, far above those of the platform's own rows.
CREATE TEMPORARY TABLE deed ON COMMIT DROP AS
WITH w AS MATERIALIZED (
    SELECT v.id AS volunteer, v.home_id, v.district_id, v.street_id, v.community_id, v.grid_id, a.id AS account,
           row_number() OVER (ORDER BY v.id) - 1 AS n
    FROM volunteers_volunteer v JOIN volunteers_pointaccount a ON a.volunteer_id = v.id
    WHERE v.alias LIKE '压测%%'
), g AS MATERIALIZED (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM volunteers_activity WHERE title = '演示数据：压测活动'
), d AS (
    SELECT s, (SELECT count(*) FROM w) AS people, s %% (SELECT count(*) FROM g) AS activity
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) s
)
SELECT %(base)s + s AS id, %(base)s + 2 * s AS line, w.*, 10 * (s / people + 1) AS balance,
       (now() AT TIME ZONE 'Asia/Shanghai')::date - ((%(count)s - s) * 364 / %(count)s)::int AS done_on,
       CASE WHEN s %% 2 = 0 THEN g.id END AS activity
FROM d JOIN w ON w.n = s %% people JOIN g ON g.n = d.activity;

INSERT INTO volunteers_service (id, volunteer_id, activity_id, unit_id, district_id, street_id, community_id, grid_id, "on",
    what, minutes, source, state, version, proposed_at, decided_at, decided_by_id, reason)
SELECT id, volunteer, activity, home_id, district_id, street_id, community_id, grid_id, done_on,
       CASE WHEN activity IS NULL THEN '演示数据：压测' ELSE '' END, 60,
       CASE WHEN activity IS NULL THEN 'beside' ELSE 'checked' END, 'confirmed', 2, now(), now(), %(by)s, ''
FROM deed;

INSERT INTO trail_event (id, subject_type, subject_id, seq, verb, actor_label, unit_label, district_id, data, occurred_at)
SELECT id, 'service', id, 2, 'confirm', '', '', district_id,
       jsonb_build_object('volunteer', volunteer, 'minutes', 60, 'on', done_on, 'activity', activity), now()
FROM deed;

-- Each lives for 340 days: what came in first has expired by now.
INSERT INTO volunteers_pointtransfer (id, district_id, account_id, kind, amount, rule, about_id, event_id, day, occurred_at,
    booked_at, expires_on)
SELECT id, district_id, account, 'earn', 10, 'hours', id, id, done_on, now(), now(), done_on + 340 FROM deed;

INSERT INTO volunteers_pointentry (id, transfer_id, account_id, amount, owed, balance)
SELECT d.line, d.id, d.account, 10, 0, d.balance FROM deed d
UNION ALL
SELECT d.line + 1, d.id, a.id, -10, 0, NULL FROM deed d
JOIN volunteers_pointaccount a ON a.district_id = d.district_id AND a.kind = 'issued';
