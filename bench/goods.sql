-- Half a year over the counter, after the ledger was filled: a station with a good in each community, which every third of
-- those with an account has collected (every tenth of these has it put aside still), and the expiry of what came in first,
-- booked for three of four. Numbers from `after` on are nobody's yet; the triggers of the ledger stay on.
INSERT INTO volunteers_station (name, place, hours, phone, unit_id, district_id, street_id, community_id, opened_at)
SELECT '压测站', '', '', '', c.id, c.district_id, c.street_id, c.id, now() - interval '2 years'
FROM grids_unit c WHERE c.kind = 'community' AND c.closed_at IS NULL AND c.district_id = %(district)s;

INSERT INTO volunteers_good (name, about, price, per_person, stock, station_id, district_id, street_id, community_id, opened_at)
SELECT '压测毛巾', '', 50, 0, 0, s.id, s.district_id, s.street_id, s.community_id, s.opened_at
FROM volunteers_station s WHERE s.name = '压测站' AND s.district_id = %(district)s;

INSERT INTO volunteers_stockmove (good_id, kind, amount, at)
SELECT id, 'delivery', 100000, opened_at FROM volunteers_good WHERE name = '压测毛巾' AND district_id = %(district)s;

-- `first`: the day on which what came in first is no more; `gone`: how much of it was booked as expired.
CREATE TEMPORARY TABLE taker ON COMMIT DROP AS
SELECT w.*, nextval(pg_get_serial_sequence('volunteers_redemption', 'id')) AS redemption,
       w.n %% 3 = 0 AND w.points >= 60 AS takes, w.n %% 30 = 0 AS waits,
       CASE WHEN w.first <= w.today AND w.n %% 4 <> 3 THEN 10 ELSE 0 END AS gone,
       w.today - (w.n * 7 %% 170)::int AS taken_on,
       %(after)s + 3 * w.n AS transfer, %(after)s + 6 * w.n AS line
FROM (SELECT a.id AS account, row_number() OVER (ORDER BY a.id) AS n, v.district_id, v.street_id, v.community_id,
             g.id AS good, g.station_id AS station, t.first, t.points,
             (now() AT TIME ZONE 'Asia/Shanghai')::date AS today
      FROM volunteers_pointaccount a
      JOIN volunteers_volunteer v ON v.id = a.volunteer_id AND v.alias LIKE '压测%%'
      JOIN volunteers_good g ON g.name = '压测毛巾' AND g.community_id = v.community_id
      JOIN (SELECT account_id, min(expires_on) AS first, 10 * count(*) AS points FROM volunteers_pointtransfer
            WHERE id >= %(base)s GROUP BY account_id) t ON t.account_id = a.id
      WHERE v.district_id = %(district)s) w;

INSERT INTO volunteers_redemption (id, good_id, account_id, station_id, district_id, street_id, community_id, price, state, code,
    code_hash, key, reserved_at, until, ended_at)
SELECT redemption, good, account, station, district_id, street_id, community_id, 50,
       CASE WHEN waits THEN 'reserved' ELSE 'collected' END, '',
       CASE WHEN waits THEN md5(n::text) || md5('-' || n) ELSE '' END, '', now() - (today - taken_on) * interval '1 day',
       now() + interval '5 days', CASE WHEN NOT waits THEN now() - (today - taken_on) * interval '1 day' END
FROM taker WHERE takes;

INSERT INTO volunteers_stockmove (good_id, kind, amount, redemption_id, at)
SELECT good, 'reserve', -1, redemption, now() FROM taker WHERE takes;
UPDATE volunteers_good g SET stock = m.amount
FROM (SELECT good_id, sum(amount) AS amount FROM volunteers_stockmove GROUP BY good_id) m
WHERE m.good_id = g.id AND g.name = '压测毛巾' AND g.district_id = %(district)s;

INSERT INTO volunteers_pointtransfer (id, district_id, account_id, kind, amount, rule, redemption_id, day, occurred_at, booked_at)
SELECT transfer, district_id, account, 'expire', -gone, '', NULL, first, now(), now() FROM taker WHERE gone > 0
UNION ALL
SELECT transfer + 1, district_id, account, 'reserve', -50, '', redemption, taken_on, now(), now() FROM taker WHERE takes
UNION ALL
SELECT transfer + 2, district_id, account, 'collect', 50, '', redemption, taken_on, now(), now() FROM taker
WHERE takes AND NOT waits;

INSERT INTO volunteers_pointentry (id, transfer_id, account_id, amount, owed, balance)
SELECT line, transfer, account, -gone, 0, points - gone FROM taker WHERE gone > 0
UNION ALL
SELECT line + 1, transfer, a.id, gone, 0, NULL FROM taker JOIN volunteers_pointaccount a USING (district_id)
WHERE gone > 0 AND a.kind = 'expired'
UNION ALL
SELECT line + 2, transfer + 1, account, -50, 0, points - gone - 50 FROM taker WHERE takes
UNION ALL
SELECT line + 3, transfer + 1, a.id, 50, 0, NULL FROM taker JOIN volunteers_pointaccount a USING (district_id)
WHERE takes AND a.kind = 'reserved'
UNION ALL
SELECT line + 4, transfer + 2, a.id, -50, 0, NULL FROM taker JOIN volunteers_pointaccount a USING (district_id)
WHERE takes AND NOT waits AND a.kind = 'reserved'
UNION ALL
SELECT line + 5, transfer + 2, a.id, 50, 0, NULL FROM taker JOIN volunteers_pointaccount a USING (district_id)
WHERE takes AND NOT waits AND a.kind = 'spent';

-- When something may expire next: what has been booked as expired is past.
UPDATE volunteers_pointaccount a SET expires_next = t.next
FROM (SELECT w.account, min(p.expires_on) AS next FROM taker w JOIN volunteers_pointtransfer p ON p.account_id = w.account
      WHERE p.id >= %(base)s AND p.expires_on > CASE WHEN w.gone > 0 THEN w.first ELSE '-infinity' END
      GROUP BY w.account) t
WHERE t.account = a.id;
