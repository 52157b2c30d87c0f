-- As after a year: nine of ten matters are over; and there are bodies with a part in some, and whistles.
UPDATE issues_issue SET state = 'closed', due_at = NULL, outcome = 'solved', closed_at = now(),
    resolved_at = now() - (id %% 300) * interval '1 day'
WHERE state <> 'closed' AND right(code, 11)::bigint %% 4 <> 0;

INSERT INTO issues_reporter (issue_id, name, phone, phone_hash, last_four_hash, is_secret)
SELECT id, '', '', right(code, 11), '', false FROM issues_issue WHERE id %% 3 > 0;

INSERT INTO issues_concern (issue_id, body_id, since)
SELECT id, CASE WHEN id %% 200 = 0 THEN %(body)s ELSE %(other)s END, now() FROM issues_issue WHERE id %% 2 = 0;

WITH made AS (
    INSERT INTO issues_whistle (issue_id, kind, caller_unit_id, called_by_id, called_at)
    SELECT id, 'quick', community_id, %(caller)s, now() FROM issues_issue WHERE id %% 2 = 0
    RETURNING id, issue_id
)
INSERT INTO issues_callee (whistle_id, issue_id, body_id, is_lead, state, due_at, mode, rank, extension_count, verdict,
    validity)
SELECT id, issue_id, CASE WHEN issue_id %% 200 = 0 THEN %(body)s::bigint ELSE %(other)s::bigint END, false,
       CASE WHEN issue_id %% 40 = 0 THEN 'called' ELSE 'done' END,
       CASE WHEN issue_id %% 40 = 0 THEN now() + interval '1 hour' END, '', 0, 0, '', ''
FROM made;

ANALYZE issues_reporter, issues_rating;
