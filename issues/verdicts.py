"""Words for reading the three rates: from the stored days, and from the events themselves."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Self

from django.db import connection, models
from django.db.models import Q, Sum
from django.utils import timezone

from grids.lineage import COLUMNS, inside, within_any
from grids.standing import standing_of
from issues.kinds import WITHOUT_REPORTER
from issues.rates import COUNTS, Figures
from issues.subjects import about

# What a stored row is counted under, in the order of the statement below.
KEYS = ("day", *COLUMNS, "body_id", "category_id", "about_unit_id", "about_body_id", "about_user_id")
# All of it is what the events say: where it had happened as far as was known by then (the unit of that time, which
# may be part of another now), who submitted the result, what it was screened as, whether the first answer came by
# the date that was promised first, whether the issue was following another one, and whom it complains about. Of
# issues whose events are older than that the place, the category and the subject stand with the issue.
COUNTED = """
    WITH RECURSIVE ended AS (
        SELECT subject_id, seq, verb, data, (occurred_at AT TIME ZONE %(zone)s)::date AS day
        FROM trail_event
        WHERE subject_type = 'issue' AND verb IN ('rate', 'call_back', 'close')
        AND NOT data @> '{"reached": false}'
        AND occurred_at >= %(start)s AND occurred_at < %(end)s
    ), merged AS (
        SELECT id, merged_into_id AS home FROM grids_unit WHERE merged_into_id IS NOT NULL
        UNION ALL
        SELECT merged.id, unit.merged_into_id FROM merged JOIN grids_unit AS unit ON unit.id = merged.home
        WHERE unit.merged_into_id IS NOT NULL
    ), moved AS (
        SELECT merged.id, merged.home FROM merged JOIN grids_unit AS unit ON unit.id = merged.home
        WHERE unit.merged_into_id IS NULL
    ), counted AS (
    SELECT ended.day,
        CASE WHEN place.id IS NULL THEN issue.district_id ELSE place.district_id END AS district_id,
        CASE WHEN place.id IS NULL THEN issue.street_id ELSE place.street_id END AS street_id,
        CASE WHEN place.id IS NULL THEN issue.community_id ELSE place.community_id END AS community_id,
        CASE WHEN place.id IS NULL THEN issue.grid_id ELSE place.grid_id END AS grid_id,
        CASE WHEN place.id IS NULL THEN issue.building_id WHEN place.kind = 'building' THEN place.id END AS building_id,
        history.body AS body_id, COALESCE(category.id, issue.category_id) AS category_id,
        CASE WHEN subject.who IS NULL THEN issue.about_unit_id ELSE COALESCE(shifted.home, subject.unit) END
            AS about_unit_id,
        CASE WHEN subject.who IS NULL THEN issue.about_body_id ELSE subject.body END AS about_body_id,
        CASE WHEN subject.who IS NULL THEN issue.about_user_id ELSE subject.person END AS about_user_id,
        ended.verb, ended.data,
        history.replied IS NOT NULL
            AND (history.promised IS NULL OR history.replied <= history.promised) AS in_time
    FROM ended
    JOIN issues_issue AS issue ON issue.id = ended.subject_id
    CROSS JOIN LATERAL (
        SELECT
            (array_agg((data->'place'->>'unit')::bigint ORDER BY seq DESC) FILTER (WHERE data ? 'place'))[1] AS place,
            (array_agg(data->>'category' ORDER BY seq DESC) FILTER (WHERE data ? 'category'))[1] AS category,
            (array_agg(data->>'source' ORDER BY seq) FILTER (WHERE data ? 'source'))[1] AS source,
            (array_agg((data->'owner'->>'body')::bigint ORDER BY seq DESC)
                FILTER (WHERE data ? 'outcome' AND data->>'state' IN ('resolved', 'closed')))[1] AS body,
            min(occurred_at) FILTER (WHERE verb = 'contact'
                OR data ? 'outcome' AND data->>'state' IN ('resolved', 'closed')) AS replied,
            (array_agg((data->>'promised_at')::timestamptz ORDER BY seq)
                FILTER (WHERE data ? 'promised_at'))[1] AS promised,
            -- Merged, it follows another to its end, until somebody has it to do by itself.
            (array_agg(data->>'state' ORDER BY seq DESC) FILTER (WHERE data->>'state' IN
                ('reported', 'assigned', 'handling', 'merged')))[1] AS stood,
            max(seq) FILTER (WHERE data ? 'outcome' AND data->>'state' IN ('resolved', 'closed')) AS result,
            COALESCE(bool_or(data @> '{"at_once": true}'), false) AS at_once
        FROM trail_event
        WHERE subject_type = 'issue' AND subject_id = ended.subject_id AND seq <= ended.seq
    ) AS history
    LEFT JOIN LATERAL (
        -- Whom it is kept from now, whenever that was found.
        SELECT data->'about' AS who, (data->'about'->>'unit')::bigint AS unit,
            (data->'about'->>'body')::bigint AS body, (data->>'person')::bigint AS person
        FROM trail_event
        WHERE subject_type = 'issue' AND subject_id = ended.subject_id AND data ? 'about'
        ORDER BY seq DESC LIMIT 1
    ) AS subject ON true
    LEFT JOIN issues_category AS category ON category.key = history.category
    LEFT JOIN moved ON moved.id = history.place
    LEFT JOIN moved AS shifted ON shifted.id = subject.unit
    LEFT JOIN grids_unit AS place ON place.id = COALESCE(moved.home, history.place)
    WHERE ended.verb = 'rate'
    -- What somebody heard by telephone gives way to the reporter's own word on the same result,
    OR ended.verb = 'call_back' AND NOT EXISTS (
        SELECT FROM trail_event AS own
        WHERE own.subject_type = 'issue' AND own.subject_id = ended.subject_id AND own.verb = 'rate'
        AND own.seq > ended.seq AND own.data->'round' = ended.data->'round'
    )
    -- and takes the place of none on the same result, not on one before it. What was opened again and ended as it
    -- stood has counted as none already.
    OR ended.data @> '{"rated": false}' AND NOT history.at_once AND history.stood IS DISTINCT FROM 'merged'
        AND COALESCE(history.source, '') <> ALL(%(nobodys)s) AND NOT EXISTS (
            SELECT FROM trail_event AS earlier
            WHERE earlier.subject_type = 'issue' AND earlier.subject_id = ended.subject_id
            AND earlier.verb = 'close' AND earlier.data @> '{"rated": false}'
            AND earlier.seq > history.result AND earlier.seq < ended.seq
        ) AND NOT EXISTS (
            SELECT FROM trail_event AS heard
            WHERE heard.subject_type = 'issue' AND heard.subject_id = ended.subject_id
            AND heard.verb = 'call_back' AND heard.seq > ended.seq AND heard.data @> '{"reached": true}'
            AND NOT EXISTS (
                SELECT FROM trail_event AS anew
                WHERE anew.subject_type = 'issue' AND anew.subject_id = ended.subject_id
                AND anew.seq > ended.seq AND anew.seq < heard.seq
                AND anew.data ? 'outcome' AND anew.data->>'state' IN ('resolved', 'closed')
            )
        )
    )
"""
FROM_EVENTS = f"""{COUNTED}
    SELECT {", ".join(KEYS)},
        count(*) FILTER (WHERE verb <> 'close'),
        count(*) FILTER (WHERE data @> '{{"answered": true}}'),
        count(*) FILTER (WHERE data @> '{{"answered": true}}' AND in_time),
        count(*) FILTER (WHERE data @> '{{"solved": true}}'),
        count(*) FILTER (WHERE data @> '{{"satisfied": true}}'),
        count(*) FILTER (WHERE verb = 'close'),
        count(*) FILTER (WHERE verb = 'call_back'),
        count(*) FILTER (WHERE verb = 'call_back' AND data @> '{{"answered": true}}' AND in_time),
        count(*) FILTER (WHERE verb = 'call_back' AND data @> '{{"solved": true}}'),
        count(*) FILTER (WHERE verb = 'call_back' AND data @> '{{"satisfied": true}}')
    FROM counted GROUP BY {", ".join(KEYS)}
"""
# How often which reason was given beside these verdicts.
REASONS_FROM_EVENTS = f"""{COUNTED}
    SELECT {", ".join(KEYS)}, given.reason, count(*)
    FROM counted CROSS JOIN LATERAL jsonb_array_elements_text(data->'reasons') AS given(reason)
    WHERE data ? 'reasons' GROUP BY {", ".join(KEYS)}, given.reason
"""
# Every rating is one event and one row; both are asked, so that neither can be changed alone.
RATINGS = """
    WITH told AS (
        SELECT subject_id AS issue_id, (occurred_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS rated,
            count(*) FILTER (WHERE data @> '{"answered": true}') AS answered,
            count(*) FILTER (WHERE data @> '{"solved": true}') AS solved,
            count(*) FILTER (WHERE data @> '{"satisfied": true}') AS satisfied,
            count(*) FILTER (WHERE verb = 'call_back') AS called,
            COALESCE(sum(jsonb_array_length(data->'reasons')), 0) AS reasons
        FROM trail_event
        WHERE subject_type = 'issue' AND (verb = 'rate' OR verb = 'call_back' AND data @> '{"reached": true}')
        AND occurred_at >= %(start)s AND occurred_at < %(end)s
        GROUP BY 1, 2
    ), kept AS (
        SELECT issue_id, (rated_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS rated,
            count(*) FILTER (WHERE answered) AS answered, count(*) FILTER (WHERE solved) AS solved,
            count(*) FILTER (WHERE satisfied) AS satisfied, count(*) FILTER (WHERE source = 'call') AS called,
            sum(cardinality(reasons)) AS reasons
        FROM issues_rating WHERE rated_at >= %(start)s AND rated_at < %(end)s
        GROUP BY 1, 2
    )
    SELECT COALESCE(told.day, kept.day), COALESCE(told.issue_id, kept.issue_id),
        COALESCE(told.rated, 0), COALESCE(told.answered, 0), COALESCE(told.solved, 0),
        COALESCE(told.satisfied, 0), COALESCE(told.called, 0), COALESCE(told.reasons, 0)::bigint,
        COALESCE(kept.rated, 0), COALESCE(kept.answered, 0), COALESCE(kept.solved, 0),
        COALESCE(kept.satisfied, 0), COALESCE(kept.called, 0), COALESCE(kept.reasons, 0)::bigint
    FROM told FULL JOIN kept USING (issue_id, day)
    WHERE (told.rated, told.answered, told.solved, told.satisfied, told.called, told.reasons)
        IS DISTINCT FROM
        (kept.rated, kept.answered, kept.solved, kept.satisfied, kept.called, kept.reasons)
    ORDER BY 1, 2
"""
# So many days are held in memory at once while everything is compared.
STRETCH = timedelta(days=31)


class Difference(NamedTuple):
    """Where two of the three do not agree: `what` is stored or reasons (days against events) or ratings (events
    against rating rows); `where` names the row (KEYS) or the issue."""

    what: str
    day: date
    where: dict[str, int | None]
    events: dict[str, int]
    other: dict[str, int]

    def __str__(self) -> str:
        place = ", ".join(f"{name} {pk}" for name, pk in self.where.items() if pk)
        return f"{self.day} {self.what} ({place}): events say {self.events}, there stands {self.other}"


class RateDayQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """The figures of one's part of the tree, and of the bodies where one stands; without those of complaints
        about oneself (issues.subjects)."""
        if not user.is_authenticated:
            return self.none()
        standing = standing_of(user, now)
        seen = within_any(standing.in_sight("read_below"))
        if bodies := standing.body_ids():
            seen |= Q(body__in=bodies)
        return self.filter(seen).exclude(about(standing))

    def between(self, first: date, last: date) -> Self:
        """Of these days, both counted."""
        return self.filter(day__gte=first, day__lte=last)

    def within(self, unit: Any) -> Self:
        """Of what happened in this unit or below it."""
        return self.filter(inside(unit))

    def by(self, column: str) -> dict[int | None, Figures]:
        """Value of the column (`street_id`, `body_id`, `category_id` …) → its figures."""
        rows = self.order_by().values(column).annotate(**{f"sum_{name}": Sum(name) for name in COUNTS})
        return {row[column]: Figures(*(row[f"sum_{name}"] for name in COUNTS)) for row in rows}

    def reasons_by(self, column: str) -> dict[int | None, Counter[str]]:
        """Value of the column → how often which reason was given."""
        found: dict[int | None, Counter[str]] = defaultdict(Counter)
        for value, given in self.exclude(reasons={}).order_by().values_list(column, "reasons"):
            found[value].update(given)
        return dict(found)

    def total(self) -> Figures:
        """All of them together."""
        sums = self.aggregate(**{name: Sum(name) for name in COUNTS})
        return Figures(*(sums[name] or 0 for name in COUNTS))

    def counted_at(self) -> datetime | None:
        """When the newest of these days was counted last; None if there is none."""
        return self.order_by("-day").values_list("counted_at", flat=True).first()


def figures_of_events(first: date, last: date) -> dict[tuple[Any, ...], Figures]:
    """Key (KEYS) → figures of these days, both counted, from the events alone. One statement."""
    return {row[: len(KEYS)]: Figures(*row[len(KEYS) :]) for row in _run(FROM_EVENTS, first, last)}


def reasons_of_events(first: date, last: date) -> dict[tuple[Any, ...], dict[str, int]]:
    """Key (KEYS) → how often which reason was given on these days, both counted, from the events alone."""
    found: dict[tuple[Any, ...], dict[str, int]] = {}
    for *key, reason, number in _run(REASONS_FROM_EVENTS, first, last):
        found.setdefault(tuple(key), {})[reason] = number
    return found


def differences(first: date, last: date, kept: models.QuerySet) -> Iterator[Difference]:
    """Everything in which events, stored days (`kept`) and rating rows do not agree; a month at a time."""
    while first <= last:
        until = min(last, first + STRETCH)
        yield from _against_days(first, until, kept.between(first, until))
        yield from _against_ratings(first, until)
        first = until + timedelta(days=1)


def _against_days(first: date, last: date, kept: models.QuerySet) -> Iterator[Difference]:
    told, stored = figures_of_events(first, last), _stored(kept)
    for key in sorted(told.keys() | stored.keys(), key=str):
        events, other = told.get(key, Figures()), stored.get(key, Figures())
        if events != other:
            where = dict(zip(KEYS[1:], key[1:], strict=True))
            yield Difference("stored", key[0], where, vars(events), vars(other))
    yield from _against_reasons(reasons_of_events(first, last), kept)


def _against_reasons(
    told: dict[tuple[Any, ...], dict[str, int]], kept: models.QuerySet
) -> Iterator[Difference]:
    stored: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for row in kept.exclude(reasons={}).order_by().values_list(*KEYS, "reasons"):
        stored[row[:-1]].update(row[-1])
    for key in sorted(told.keys() | stored.keys(), key=str):
        events, other = told.get(key, {}), dict(stored.get(key, {}))
        if events != other:
            yield Difference("reasons", key[0], dict(zip(KEYS[1:], key[1:], strict=True)), events, other)


def _stored(kept: models.QuerySet) -> dict[tuple[Any, ...], Figures]:
    """Rows of the same key stand side by side after units were merged: they are one."""
    found: dict[tuple[Any, ...], Figures] = {}
    for row in kept.order_by().values_list(*KEYS, *COUNTS):
        key = row[: len(KEYS)]
        found[key] = found.get(key, Figures()) + Figures(*row[len(KEYS) :])
    return found


def _against_ratings(first: date, last: date) -> Iterator[Difference]:
    names = ("rated", "answered", "solved", "satisfied", "called", "reasons")
    for day, issue, *counts in _run(RATINGS, first, last):
        events, rows = (dict(zip(names, part, strict=True)) for part in (counts[:6], counts[6:]))
        yield Difference("ratings", day, {"issue": issue}, events, rows)


def _run(statement: str, first: date, last: date) -> list[tuple[Any, ...]]:
    """Days are those of the platform's zone."""
    zone = timezone.get_default_timezone()
    start, end = (
        datetime(day.year, day.month, day.day, tzinfo=zone) for day in (first, last + timedelta(days=1))
    )
    with connection.cursor() as cursor:
        nobodys = sorted(WITHOUT_REPORTER)
        cursor.execute(statement, {"zone": str(zone), "start": start, "end": end, "nobodys": nobodys})
        return cursor.fetchall()
