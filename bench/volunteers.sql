-- People at home in the grids of a district, teams of its communities, activities that they held, and an account of
-- points for each of them. Names and telephones are left empty: there are none.
INSERT INTO volunteers_volunteer (name, alias, phone, phone_hash, home_id, district_id, street_id, community_id, grid_id,
    skills, languages, availability, guardian_name, guardian_phone, state, consented_at, joined_at, left_at)
SELECT '', '压测' || s, '', '', p.id, p.district_id, p.street_id, p.community_id, p.id, '[]', '[]', '[]', '', '',
       CASE WHEN s %% 20 = 0 THEN 'left' ELSE 'active' END, m.at, m.at, CASE WHEN s %% 20 = 0 THEN now() END
FROM generate_series(1, %(people)s) s
CROSS JOIN LATERAL (SELECT now() - (s %% 700 + 1) * interval '1 day' AS at) m
JOIN (SELECT g.*, row_number() OVER (ORDER BY g.id) AS n, count(*) OVER () AS many FROM grids_unit g
      WHERE g.kind = 'grid' AND g.closed_at IS NULL AND g.district_id = %(district)s) p ON p.n = 1 + s %% p.many;

INSERT INTO volunteers_team (name, topic, about, unit_id, district_id, street_id, community_id, opened_at)
SELECT '压测队' || s, 'elders', '', p.id, p.district_id, p.street_id, p.id, now() - interval '2 years'
FROM generate_series(1, %(teams)s) s
JOIN (SELECT c.*, row_number() OVER (ORDER BY c.id) AS n, count(*) OVER () AS many FROM grids_unit c
      WHERE c.kind = 'community' AND c.closed_at IS NULL AND c.district_id = %(district)s) p
    ON p.n = 1 + s %% p.many;

INSERT INTO volunteers_membership (team_id, volunteer_id, joined_at)
SELECT t.id, v.id, v.joined_at
FROM (SELECT id, joined_at, row_number() OVER (ORDER BY id) AS n FROM volunteers_volunteer
      WHERE alias LIKE '压测%%' AND state = 'active') v
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS many FROM volunteers_team
      WHERE name LIKE '压测队%%') t ON t.n = 1 + v.n %% t.many
ON CONFLICT DO NOTHING;

-- Each team once a fortnight, all of the last year.
INSERT INTO volunteers_activity (title, what, place, result, unit_id, district_id, street_id, community_id, team_id, state,
    version, starts_at, ends_at, free_cancel_hours, secret, created_at, opened_at, settled_at)
SELECT '演示数据：压测活动', '演示数据', '', '', t.unit_id, t.district_id, t.street_id, t.community_id, t.id, 'settled', 1,
       m.at, m.at + interval '2 hours', 24, '', m.at, m.at, m.at + interval '1 day'
FROM volunteers_team t CROSS JOIN generate_series(1, 26) s
CROSS JOIN LATERAL (SELECT now() - s * interval '14 days' AS at) m
WHERE t.name LIKE '压测队%%';

INSERT INTO volunteers_pointaccount (district_id, kind, volunteer_id, balance, owed, shows_alias)
SELECT v.district_id, 'volunteer', v.id, 0, 0, false FROM volunteers_volunteer v WHERE v.alias LIKE '压测%%'
ON CONFLICT DO NOTHING;
INSERT INTO volunteers_pointaccount (district_id, kind, owed, shows_alias)
SELECT %(district)s, kind, 0, false FROM unnest(ARRAY['issued', 'reserved', 'spent', 'expired']) AS kind
ON CONFLICT DO NOTHING;
