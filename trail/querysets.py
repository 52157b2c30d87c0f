"""Words for reading the trail."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from django.apps import apps
from django.db import connection, models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from trail.districts import UNITS, Districts, districts_of, sees_all
from trail.jobs import KINDS
from trail.words import subjects_of_all

LATEST = """
    SELECT last.id FROM unnest(%s::bigint[]) AS subject CROSS JOIN LATERAL (
        SELECT id FROM trail_event WHERE subject_type = %s AND subject_id = subject ORDER BY seq DESC LIMIT %s
    ) AS last
"""
# Capabilities (grids.roles).
READS, MENDS = "read_trail", "manage_units"


def of_districts(districts: Districts, event: str = "") -> Q:
    """Events of these districts; `event` is the way to them ("event__"). Nothing where there is no district.

    Without one, what concerns every district, and what was recorded of their units before events carried one.
    """
    if not districts:
        return Q(pk__in=[])
    bare = Q(**{f"{event}subject_type__in": subjects_of_all()})
    for units in UNITS:
        bare |= Q(**{f"{event}unit_id__in": units(districts)})
    return Q(**{f"{event}district_id__in": sorted(districts)}) | Q(bare, **{f"{event}district_id": None})


def of_types(types: Iterable[str]) -> Q:
    """Events of these types ("issue.report"); none for none."""
    verbs: dict[str, list[str]] = {}
    for one in types:
        subject, _dot, verb = one.partition(".")
        verbs.setdefault(subject, []).append(verb)
    found = Q(pk__in=[])
    for subject, names in verbs.items():
        found |= Q(subject_type=subject, verb__in=names)
    return found


def version_of(subject_type: str) -> Coalesce:
    """To annotate rows of such subjects with: the number of the last event about each, 0 where nothing was recorded."""
    events = apps.get_model("trail", "Event").objects.order_by("-seq")
    about = events.filter(subject_type=subject_type, subject_id=OuterRef("pk"))
    return Coalesce(Subquery(about.values("seq")[:1]), Value(0))


# No transaction is under way for longer (it is ended before, by governance.settings and PostgreSQL).
LONGEST_WRITE = timedelta(days=1)


class SharedQuerySet(models.QuerySet):
    """Rows of the whole deployment, with nothing in them that is one district's own."""

    def visible_to(self, user: Any, now: datetime) -> Self:
        """All, for everybody who may open the page."""
        return self if user.is_active else self.none()


class EventQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """What happened in the districts whose trail the person reads, and what concerns every district."""
        if sees_all(user):
            return self
        return self.filter(of_districts(districts_of(user, now, READS)))

    def about(self, subject_type: str, subject_id: int) -> Self:
        """The history of one subject, oldest first."""
        return self.filter(subject_type=subject_type, subject_id=subject_id).order_by("seq")

    def version(self, subject_type: str, subject_id: int) -> int:
        """Number of the last event about one subject, 0 for none."""
        about = self.filter(subject_type=subject_type, subject_id=subject_id).order_by("-seq")
        return about.values_list("seq", flat=True).first() or 0

    def recorded_between(self, since: datetime | None, until: datetime | None) -> Self:
        """Recorded from a moment up to another one; either may be left out.

        Numbers rise with time, but for transactions that last: within LONGEST_WRITE of the moments. So a list by number
        reads no more than these days of it, however long the trail.
        """
        rows, found = self.model._default_manager.all(), self
        if since is not None:
            first = rows.filter(recorded_at__gte=since - LONGEST_WRITE).order_by("recorded_at")
            found = found.filter(recorded_at__gte=since, id__gte=Subquery(first.values("id")[:1]))
        if until is not None:
            last = rows.filter(recorded_at__lt=until + LONGEST_WRITE).order_by("-recorded_at")
            found = found.filter(recorded_at__lt=until, id__lte=Subquery(last.values("id")[:1]))
        return found

    def latest_of(self, subject_type: str, subjects: Sequence[int], each: int) -> Self:
        """The last events, at most `each`, of every one of these subjects: by the index of a subject's events, however
        many there are of others. In no order."""
        return self.order_by().filter(pk__in=RawSQL(LATEST, (list(subjects), subject_type, each)))

    def settled(self) -> Self:
        """Events that no transaction still under way can come before: safe for a cursor."""
        return self.filter(xact_id__lt=settled_below()).order_by("xact_id", "id")

    def feed(self, after: tuple[int, int], below: int) -> Self:
        """Events behind the position (transaction, event), of transactions below `below` (`settled_below`)."""
        xact, pk = after
        behind = Q(xact_id__gt=xact) | Q(xact_id=xact, pk__gt=pk)
        return self.filter(behind, xact_id__gte=xact, xact_id__lt=below).order_by("xact_id", "id")

    def not_behind(self, end: tuple[int, int]) -> Self:
        """Those up to this position of the feed."""
        xact, pk = end
        return self.filter(Q(xact_id__lt=xact) | Q(xact_id=xact, pk__lte=pk))

    def between_xacts(self, start: int, below: int) -> Self:
        """The events of the transactions from `start` up to but not including `below`, in a fixed order."""
        return self.filter(xact_id__gte=start, xact_id__lt=below).order_by("xact_id", "id")


class DeliveryQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """All of the events that an auditor sees; a system administrator what was given up in the district."""
        if sees_all(user):
            return self
        read = of_districts(districts_of(user, now, READS), "event__")
        mend = of_districts(districts_of(user, now, MENDS), "event__")
        return self.filter(read | mend & Q(dead_at__isnull=False))

    def due(self, now: datetime) -> Self:
        """What a loop should take now, oldest first."""
        return self.filter(done_at=None, dead_at=None, next_try_at__lte=now).order_by("next_try_at", "id")

    def dead(self) -> Self:
        """What was given up and waits for a person."""
        return self.filter(dead_at__isnull=False)

    def done_before(self, before: datetime) -> Self:
        """What was heard of events older than this; found along the events' own index of time."""
        return self.filter(done_at__lt=before, event_id__lte=last_event_before(before)).order_by("event_id")


class JobQuerySet(models.QuerySet):
    def due(self, now: datetime) -> Self:
        """What a worker may take up now, what waits longest first. Nobody works on it, as far as leases tell."""
        open_ = self.filter(state__in=["waiting", "running"], next_try_at__lte=now)
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return open_.filter(free).order_by("next_try_at", "pk")

    def about(self, **params: int) -> Self:
        """Those that were ordered with these ids, newest first."""
        return self.filter(params__contains=params).order_by("-pk")

    def not_begun(self, kind: str, params: dict[str, int]) -> Self:
        """The one that was ordered like this and has not begun."""
        return self.filter(kind=kind, params=params, state="waiting", started_at=None)

    def visible_to(self, user: Any, now: datetime) -> Self:
        """What the person ordered; and in their districts the kinds that their posts there may look at, with
        what concerns several districts."""
        if sees_all(user):
            return self
        seen = Q(created_by__isnull=False, created_by=user.pk)
        for key, kind in KINDS.items():
            if districts := districts_of(user, now, *kind.seen_with):
                theirs = Q(district_id__in=sorted(districts))
                seen |= Q(kind=key) & (theirs | Q(district_id=None) if kind.shared else theirs)
        return self.filter(seen)


class HeartbeatQuerySet(models.QuerySet):
    def age(self, name: str, now: datetime) -> timedelta | None:
        """How long ago the loop last ran to its end; None if it never did."""
        at = self.filter(pk=name).values_list("at", flat=True).first()
        return None if at is None else now - at

    def ages(self, now: datetime) -> dict[str, timedelta]:
        """How long ago each loop last ran to its end; those that never did are left out."""
        return {name: now - at for name, at in self.values_list("pk", "at")}


def last_event_before(before: datetime) -> int:
    """The id of the newest event recorded before this moment; 0 if there is none. One look at an index."""
    events = apps.get_model("trail", "Event").objects.filter(recorded_at__lt=before)
    # Of those recorded in the same moment (one transaction) the last.
    return events.order_by("-recorded_at", "-pk").values_list("pk", flat=True).first() or 0


def settled_below() -> int:
    """The oldest transaction still under way (or the next one): all below are committed or gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
        return cursor.fetchone()[0]


def database_now() -> datetime:
    """The database's clock: the one that decides what is due, whichever machine asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
