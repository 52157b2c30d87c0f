"""Words for reading the three rates: from the stored days, and from the events themselves."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Self

from django.db import connection, models
from django.db.models import Q, Sum
from django.utils import timezone

from grids.lineage import COLUMNS, inside, within_any
from grids.standing import standing_of
from issues.rates import COUNTS, Figures

# What a stored row is counted under, in the order of the statement below.
KEYS = ("day", *COLUMNS, "body_id", "category_id")
# Where it happened stands with the issue and follows the tree; everything else is what the events say: who
# submitted the result, what it was screened as by then, whether the first answer came by the date that was
# promised first, and whether the issue was following another one.
FROM_EVENTS = """
    WITH ended AS (
        SELECT subject_id, seq, verb, data, (occurred_at AT TIME ZONE %(zone)s)::date AS day
        FROM trail_event
        WHERE subject_type = 'issue' AND verb IN ('rate', 'close')
        AND occurred_at >= %(start)s AND occurred_at < %(end)s
    )
    SELECT ended.day, issue.district_id, issue.street_id, issue.community_id, issue.grid_id,
        issue.building_id, history.body, COALESCE(category.id, issue.category_id),
        count(*) FILTER (WHERE ended.verb = 'rate'),
        count(*) FILTER (WHERE ended.data @> '{"answered": true}'),
        count(*) FILTER (WHERE ended.data @> '{"answered": true}' AND history.replied IS NOT NULL
            AND (history.promised IS NULL OR history.replied <= history.promised)),
        count(*) FILTER (WHERE ended.data @> '{"solved": true}'),
        count(*) FILTER (WHERE ended.data @> '{"satisfied": true}'),
        count(*) FILTER (WHERE ended.verb = 'close')
    FROM ended
    JOIN issues_issue AS issue ON issue.id = ended.subject_id
    CROSS JOIN LATERAL (
        SELECT
            (array_agg(data->>'category' ORDER BY seq DESC) FILTER (WHERE data ? 'category'))[1] AS category,
            (array_agg((data->'owner'->>'body')::bigint ORDER BY seq DESC)
                FILTER (WHERE data ? 'outcome' AND data->>'state' IN ('resolved', 'closed')))[1] AS body,
            min(occurred_at) FILTER (WHERE verb = 'contact'
                OR data ? 'outcome' AND data->>'state' IN ('resolved', 'closed')) AS replied,
            (array_agg((data->>'promised_at')::timestamptz ORDER BY seq)
                FILTER (WHERE data ? 'promised_at'))[1] AS promised,
            (array_agg(verb ORDER BY seq DESC) FILTER (WHERE verb IN ('merge', 'unmerge', 'release', 'redo')))[1] AS tied,
            COALESCE(bool_or(data @> '{"at_once": true}'), false) AS at_once
        FROM trail_event
        WHERE subject_type = 'issue' AND subject_id = ended.subject_id AND seq <= ended.seq
    ) AS history
    LEFT JOIN issues_category AS category ON category.key = history.category
    WHERE ended.verb = 'rate'
    OR ended.data @> '{"rated": false}' AND NOT history.at_once AND history.tied IS DISTINCT FROM 'merge'
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
# Every rating is one event and one row; both are asked, so that neither can be changed alone.
RATINGS = """
    WITH told AS (
        SELECT subject_id AS issue_id, (occurred_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS rated,
            count(*) FILTER (WHERE data @> '{"answered": true}') AS answered,
            count(*) FILTER (WHERE data @> '{"solved": true}') AS solved,
            count(*) FILTER (WHERE data @> '{"satisfied": true}') AS satisfied
        FROM trail_event
        WHERE subject_type = 'issue' AND verb = 'rate' AND occurred_at >= %(start)s AND occurred_at < %(end)s
        GROUP BY 1, 2
    ), kept AS (
        SELECT issue_id, (rated_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS rated,
            count(*) FILTER (WHERE answered) AS answered, count(*) FILTER (WHERE solved) AS solved,
            count(*) FILTER (WHERE satisfied) AS satisfied
        FROM issues_rating WHERE rated_at >= %(start)s AND rated_at < %(end)s
        GROUP BY 1, 2
    )
    SELECT COALESCE(told.day, kept.day), COALESCE(told.issue_id, kept.issue_id),
        COALESCE(told.rated, 0), COALESCE(told.answered, 0), COALESCE(told.solved, 0),
        COALESCE(told.satisfied, 0), COALESCE(kept.rated, 0), COALESCE(kept.answered, 0),
        COALESCE(kept.solved, 0), COALESCE(kept.satisfied, 0)
    FROM told FULL JOIN kept USING (issue_id, day)
    WHERE (told.rated, told.answered, told.solved, told.satisfied)
        IS DISTINCT FROM (kept.rated, kept.answered, kept.solved, kept.satisfied)
    ORDER BY 1, 2
"""
# So many days are held in memory at once while everything is compared.
STRETCH = timedelta(days=31)


class Difference(NamedTuple):
    """Where two of the three do not agree: `what` is stored (days against events) or ratings (events against
    rating rows); `where` names the row (KEYS) or the issue."""

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
        """The figures of one's part of the tree, and of the bodies where one stands."""
        if not user.is_authenticated:
            return self.none()
        standing = standing_of(user, now)
        seen = within_any(standing.territory("read_below"))
        if bodies := standing.body_ids():
            seen |= Q(body__in=bodies)
        return self.filter(seen)

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


def _stored(kept: models.QuerySet) -> dict[tuple[Any, ...], Figures]:
    """Rows of the same key stand side by side after units were merged: they are one."""
    found: dict[tuple[Any, ...], Figures] = {}
    for row in kept.order_by().values_list(*KEYS, *COUNTS):
        key = row[: len(KEYS)]
        found[key] = found.get(key, Figures()) + Figures(*row[len(KEYS) :])
    return found


def _against_ratings(first: date, last: date) -> Iterator[Difference]:
    names = ("rated", "answered", "solved", "satisfied")
    for day, issue, *counts in _run(RATINGS, first, last):
        events, rows = (dict(zip(names, part, strict=True)) for part in (counts[:4], counts[4:]))
        yield Difference("ratings", day, {"issue": issue}, events, rows)


def _run(statement: str, first: date, last: date) -> list[tuple[Any, ...]]:
    """Days are those of the platform's zone."""
    zone = timezone.get_default_timezone()
    start, end = (
        datetime(day.year, day.month, day.day, tzinfo=zone) for day in (first, last + timedelta(days=1))
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"zone": str(zone), "start": start, "end": end})
        return cursor.fetchall()
